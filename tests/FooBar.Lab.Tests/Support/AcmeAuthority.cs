using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.AppHost.Lab;

namespace FooBar.Lab.Tests.Support;

/// <summary>
/// An authority that issues certificates by ACME, RFC 8555, on the lab's network: Pebble, which refuses one nonce in ten on purpose. The
/// gateway's host is made to trust it, as all hosts trust the public ones.
/// </summary>
internal sealed class AcmeAuthority
{
    private static readonly IPAddress Address = IPAddress.Parse(LabMachines.Repository.Address);
    private static readonly IPEndPoint Management = new(Address, 15000);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private AcmeAuthority(X509Certificate2 root) => Root = root;

    /// <summary>Where clients begin.</summary>
    public static string Directory { get; } = $"https://{Address}/dir";

    /// <summary>The same by another address: for clients, another authority.</summary>
    public static string OtherDirectory { get; } = $"https://{Address}:443/dir";

    /// <summary>What its certificates lead to.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>Starts it; it ends with the lab.</summary>
    public static async Task<AcmeAuthority> StartAsync(RunningLab lab, LabSite site, CancellationToken cancellationToken)
    {
        string folder = System.IO.Directory.CreateDirectory(Path.Combine(lab.Folder.Admin, "authority")).FullName;
        using X509Certificate2 own = OwnCertificate();
        await File.WriteAllTextAsync(Path.Combine(folder, "own.crt"), own.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "own.key"), own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), cancellationToken);
        string configuration = Path.Combine(folder, "pebble.json");
        await File.WriteAllTextAsync(
            configuration,
            JsonSerializer.Serialize(new
            {
                pebble = new
                {
                    listenAddress = $"{Address}:443",
                    managementListenAddress = Management.ToString(),
                    certificate = Path.Combine(folder, "own.crt"),
                    privateKey = Path.Combine(folder, "own.key"),
                    httpPort = 80,
                    tlsPort = 443,
                },
            }),
            cancellationToken);
        await lab.StartInsideAsync(
            "authority", ["ip", "netns", "exec", LabMachines.Repository.Name, "env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=10", "pebble", "-config", configuration, "-dnsserver", $"{Address}:53"], cancellationToken);

        X509Certificate2 root = X509Certificate2.CreateFromPem(await RootAsync(site, own, cancellationToken));
        foreach ((string name, X509Certificate2 certificate) in ((string, X509Certificate2)[])[("authority", own), ("authority-root", root)])
        {
            await site.OnAsync("edge-1", $"cat > {TrustFile(name)} <<'EOF'\n{certificate.ExportCertificatePem()}\nEOF", cancellationToken);
        }

        await site.OnAsync("edge-1", "update-ca-certificates", cancellationToken);
        return new AcmeAuthority(root);
    }

    /// <summary>Ends it, and the trust in it.</summary>
    public static async Task StopAsync(RunningLab lab, LabSite site)
    {
        await lab.InsideAsync(["pkill", "--exact", "pebble"], CancellationToken.None);
        await site.OnAsync("edge-1", $"rm -rf /etc/letsencrypt {TrustFile("authority")} {TrustFile("authority-root")} && update-ca-certificates", CancellationToken.None);
    }

    private static string TrustFile(string name) => $"/usr/local/share/ca-certificates/{name}.crt";

    private static X509Certificate2 OwnCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=authority", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(Address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(2));
    }

    /// <summary>Asks until it answers: its root is a new one with each start.</summary>
    private static async Task<string> RootAsync(LabSite site, X509Certificate2 own, CancellationToken cancellationToken)
    {
        using NetworkNamespace network = site.Namespace(LabMachines.Repository.Name);
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(own);
        using HttpClient client = new(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = (_, token) => network.ConnectAsync(Management, token),
        });
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        while (true)
        {
            try
            {
                return await client.GetStringAsync(new Uri($"https://{Management}/roots/0"), cancellationToken);
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(startedAt) < Deadline)
            {
                await poll.WaitForNextTickAsync(cancellationToken);
            }
        }
    }
}
