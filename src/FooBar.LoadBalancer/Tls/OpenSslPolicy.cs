using System.Net.Security;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.LoadBalancer.Tls;

/// <summary>
/// What OpenSSL offers in this process: <c>openssl.cnf</c> beside the program. Suites could be named to .NET for each connection instead, but
/// then it keeps no OpenSSL context from one connection to the next, and without one no session is resumed.
/// </summary>
internal static partial class OpenSslPolicy
{
    private const string Variable = "OPENSSL_CONF";

    private static readonly Lazy<bool> _isInForce = new(Ask);

    /// <summary>
    /// Whether it holds. It does not where an operator names a configuration of OpenSSL's by himself, where OpenSSL could not read ours, or where
    /// it was in use before <see cref="Apply"/>; then the suites have to be named for each connection.
    /// </summary>
    public static bool IsInForce => _isInForce.Value;

    /// <summary>Puts it in force. First of all in a process: OpenSSL reads its configuration once, when it is used first.</summary>
    public static void Apply()
    {
        // Not .NET's own way to set a variable, of which C code does not hear.
        if (Environment.GetEnvironmentVariable(Variable) is null)
            _ = SetEnvironment(Variable, Path.Join(AppContext.BaseDirectory, "openssl.cnf"), overwrite: 0);
    }

    /// <summary>Asks OpenSSL itself: a server without suites of its own must turn away a client that has nothing but what we do not offer.</summary>
    private static bool Ask()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsAndroid())
            return false;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest("CN=rehearsal", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        SslServerAuthenticationOptions server = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12,
        };
        return Rehearsal.Failure(server, Client(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)) is null
            && Rehearsal.Failure(server, Client(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256)) is not null;
    }

    [UnsupportedOSPlatform("windows")]
    [UnsupportedOSPlatform("android")]
    private static SslClientAuthenticationOptions Client(TlsCipherSuite suite) => new()
    {
        TargetHost = "rehearsal",
        EnabledSslProtocols = SslProtocols.Tls12,
        CipherSuitesPolicy = new CipherSuitesPolicy([suite]),
    };

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
