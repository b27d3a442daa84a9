namespace FooBar.LoadBalancer.Tls;

/// <summary>A certificate that is in use. Immutable.</summary>
/// <param name="Name">Its label in metrics: <c>default</c>, the number of the entry in <c>Certificates</c>, or <c>backends</c> for the one that backends are shown.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Hosts">The names and addresses that it carries, as in the certificate.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Issuer">Its issuer's subject.</param>
/// <param name="Key">The kind and length of its key, such as <c>ECDSA 256</c>.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="NotAfter">Until when.</param>
/// <param name="Sha256">The fingerprint, hexadecimal.</param>
/// <param name="LoadedAt">When this process began to use it.</param>
internal sealed record CertificateReport(
    string Name,
    string File,
    IReadOnlyList<string> Hosts,
    string Subject,
    string Issuer,
    string Key,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    string Sha256,
    DateTimeOffset LoadedAt);
