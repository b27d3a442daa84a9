using FooBar.AppHost.Certificates;

namespace FooBar.Benchmarks.Gateway;

/// <summary>What a proxy is told: the same for each.</summary>
/// <param name="Folder">For what it writes, and what is written for it.</param>
/// <param name="Port">Where it listens for HTTPS, on 127.0.0.1.</param>
/// <param name="Backends">Where the requests go.</param>
/// <param name="Certificate">What it shows to clients.</param>
/// <param name="CaPath">Who vouches for the backends.</param>
/// <param name="IsPlainOut">Without TLS to the backends.</param>
/// <param name="IsCached">Keeps answers that may be kept.</param>
internal sealed record ProxyJob(string Folder, int Port, IReadOnlyList<BackendAddress> Backends, CertificateFiles Certificate, string CaPath, bool IsPlainOut, bool IsCached)
{
    /// <summary>The suites of TLS 1.2 and of 1.3 that the gateway offers, in its order; the peers are told the same.</summary>
    public const string Suites12 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";

    /// <inheritdoc cref="Suites12"/>
    public const string Suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    /// <summary>The suite that a client with OpenSSL's defaults is to get from each: the first of <see cref="Suites13"/>, for the server chooses.</summary>
    public const string EdgeSuite = "TLS_AES_128_GCM_SHA256";

    /// <summary>The version and suite that each is to have with the backends, which choose the first that a proxy with OpenSSL's defaults names.</summary>
    public const string BackendSuite = "Tls13 TLS_AES_256_GCM_SHA384";

    /// <summary>Threads or processes that work: as many as the machine has processors for, and no more than two.</summary>
    public const int Workers = 2;

    /// <summary>The name in the backends' certificate. Neither peer verifies an address.</summary>
    public const string BackendName = "localhost";

    /// <summary>A file of the folder.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>The port of a backend that this proxy speaks to.</summary>
    public int PortOf(BackendAddress backend) => IsPlainOut ? backend.HttpPort : backend.HttpsPort;
}
