using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Gateway;

/// <summary>Where a gateway's admin API is, and what it asks for. Paths are as they were given; nothing is read before <see cref="Open"/>.</summary>
/// <param name="Address">The admin port.</param>
/// <param name="TokenFile">Holds the token.</param>
/// <param name="WhereToLook">What to do when nothing answers there, for a person.</param>
internal sealed record GatewayAccess(Uri Address, string TokenFile, string WhereToLook)
{
    /// <summary>PEM file with the authority of the admin port's certificate; null over plain HTTP.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the certificate to show; null over plain HTTP.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with its key; null over plain HTTP.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The gateway of the running stack.</summary>
    /// <exception cref="FoobarException">Nothing is up, or there is no gateway among it.</exception>
    public static GatewayAccess OfStack(StateFolder state)
    {
        StackRecord record = StackRecord.ReadLiving(state)
            ?? throw new FoobarException($"nothing is up in {state.Path}. Start it with ./foobar up; or name a gateway that runs elsewhere with --admin.");
        ChildRecord gateway = record.Children.FirstOrDefault(child => child is { Kind: "gateway", Admin: not null })
            ?? throw new FoobarException($"the stack in {state.Path} has no gateway yet. See ./foobar status.");
        return new GatewayAccess(new Uri(gateway.Admin!), new Secrets(state).GatewayTokenPath, "See ./foobar status, and ./foobar logs gateway.");
    }

    /// <summary>A client that shows what is asked for; the caller disposes of it.</summary>
    /// <exception cref="FoobarException">A file cannot be used.</exception>
    public HttpClient Open()
    {
        string token = Read("token", TokenFile, () => File.ReadAllText(TokenFile)).Trim();
        if (token.Length == 0 || token.Any(character => character is <= ' ' or > '~'))
        {
            throw new FoobarException($"the token file {TokenFile} holds no token.");
        }

        HttpClient http = new(Handler()) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    private SocketsHttpHandler Handler()
    {
        SocketsHttpHandler handler = new() { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        if (CaFile is null || CertificateFile is null || KeyFile is null)
        {
            return handler;
        }

        X509ChainPolicy policy = new()
        {
            // The machine's own authorities are not asked: any public one of them could then vouch for a gateway, and be shown the token.
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        Read("authority", CaFile, () =>
        {
            policy.CustomTrustStore.ImportFromPemFile(CaFile);
            return policy.CustomTrustStore.Count > 0 ? true : throw new CryptographicException("it holds no certificate");
        });
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            ClientCertificates = [Read("certificate", CertificateFile, () => X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile))],
        };
        return handler;
    }

    private static T Read<T>(string what, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FoobarException($"the {what} file {path} cannot be used: there is no such file.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new FoobarException($"the {what} file {path} cannot be used: {exception.Message.Split('\n')[0].TrimEnd('.')}.", exception);
        }
    }
}
