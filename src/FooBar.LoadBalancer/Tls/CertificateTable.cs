using System.Collections.Frozen;
using System.Globalization;
using System.Net.Security;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Tls;

/// <summary>
/// Which certificate a client is shown, by the name that it asks for (SNI, RFC 6066, 3): one that carries the very name, else one with a star
/// in place of its first label, else the default one, as for a client that asks for no name. Where two carry a name, the one that is configured
/// first. Immutable.
/// </summary>
internal sealed class CertificateTable
{
    private static readonly IdnMapping _idn = new();

    private readonly SslServerAuthenticationOptions _default;
    private readonly FrozenDictionary<string, SslServerAuthenticationOptions> _byName;
    private readonly FrozenDictionary<string, SslServerAuthenticationOptions>.AlternateLookup<ReadOnlySpan<char>> _byParent;

    /// <summary>Puts them in order.</summary>
    /// <param name="certificates">The default one first; at least one.</param>
    public CertificateTable(IReadOnlyList<LoadedCertificate> certificates)
    {
        Certificates = certificates;
        Dictionary<string, SslServerAuthenticationOptions> byName = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, SslServerAuthenticationOptions> byParent = new(StringComparer.OrdinalIgnoreCase);
        foreach (LoadedCertificate certificate in certificates)
        {
            // One object for all connections: it is not changed after this.
            SslServerAuthenticationOptions handshake = EdgeHandshake.Offer(certificate.Context);
            _default ??= handshake;
            foreach (string name in certificate.Report.Hosts.SelectMany(Spellings))
            {
                if (name.StartsWith("*.", StringComparison.Ordinal))
                    byParent.TryAdd(name[2..], handshake);
                else
                    byName.TryAdd(name, handshake);
            }
        }

        _default = _default ?? throw new ArgumentException("There is no certificate.", nameof(certificates));
        _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _byParent = byParent.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>All of them, the default one first.</summary>
    public IReadOnlyList<LoadedCertificate> Certificates { get; }

    /// <summary>What a client is offered that asks for <paramref name="name"/>; null or empty: for none. Allocates nothing.</summary>
    public SslServerAuthenticationOptions For(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return _default;
        return _byName.TryGetValue(name, out SslServerAuthenticationOptions? exact) ? exact : UnderStar(name) ?? _default;
    }

    /// <summary>Whether one of them carries a host name or an IP address.</summary>
    public bool Covers(string host) => _byName.ContainsKey(host) || (ServedHosts.IsPublicName(host) && UnderStar(host) is not null);

    private SslServerAuthenticationOptions? UnderStar(string name) =>
        name.IndexOf('.') is > 0 and var dot && _byParent.TryGetValue(name.AsSpan(dot + 1), out SslServerAuthenticationOptions? handshake) ? handshake : null;

    /// <summary>As it stands in the certificate, and as .NET shows the name that a client asks for: with the letters that stand for themselves.</summary>
    private static IEnumerable<string> Spellings(string name)
    {
        yield return name;
        if (!name.Contains("xn--", StringComparison.OrdinalIgnoreCase))
            yield break;
        string? letters = null;
        try
        {
            letters = _idn.GetUnicode(name);
        }
        catch (ArgumentException)
        {
            // No name of letters: the client's will not be made one either.
        }

        if (letters is not null)
            yield return letters;
    }
}
