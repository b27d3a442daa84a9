using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.Lab.Tests.Support;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Site;

/// <summary>The site's certificate from an authority outside, by certbot through the gateway's port 80.</summary>
public sealed class PublicCertificateTests(Labs labs) : SiteTest(labs)
{
    private const string Hook = "/usr/local/sbin/foobar-certificate-deployed";

    // Without a terminal, certbot waits up to eight minutes of its own choice, so that not all of the world comes at once. When the authority
    // refuses two nonces in a row it gives up until its timer's next turn, which is now.
    private const string Renew = "until rm -rf /var/tmp/renewal; certbot renew --force-renewal --no-random-sleep-on-renew --logs-dir=/var/tmp/renewal; do grep -q acme:error:badNonce /var/tmp/renewal/letsencrypt.log || exit 1; done";

    [Fact]
    public async Task Certbot_IssuesAndRenewsWhatVisitorsSee_AndWhateverFailsLeavesTheOldOne()
    {
        string of(X509Certificate2 certificate) => $"{certificate.SerialNumber} by {certificate.Issuer}";

        // A deployment each.
        IReadOnlyList<string> also = Catalogue.Choose(["refused", "again", "another authority"], 1);
        Say($"with {string.Join(", ", also)}");
        bool isBack = false;
        try
        {
            if (also.Contains("refused"))
            {
                // Nobody listens at the authority's address yet.
                DeployOutcome refused = await DeployAsync();
                Assert.NotEqual(0, refused.ExitCode);
                Assert.Contains($"edge-1: {AcmeAuthority.Directory} gave no certificate for www.foobar.com and foobar.com", Words(refused.Output), StringComparison.Ordinal);
                using X509Certificate2 first = await ServedAsync();
                Assert.Contains("internal authority", first.Issuer, StringComparison.Ordinal);
            }

            AcmeAuthority authority = await AcmeAuthority.StartAsync(Lab, Site, Token);
            DeployOutcome issued = await DeployAsync();
            Assert.True(issued.ExitCode == 0, issued.Output);
            using X509Certificate2 second = await ServedAsync(authority.Root);
            Say($"issued {of(second)}");
            Assert.True(second.MatchesHostname("www.foobar.com") && second.MatchesHostname("foobar.com"));

            if (also.Contains("again"))
            {
                DeployOutcome again = await DeployAsync();
                Assert.Equal(0, again.ExitCode);
                Assert.Equal(0, LabSite.Hosts.Sum(again.Changed));
            }

            Assert.Equal("enabled", await Site.OnAsync("edge-1", "systemctl is-enabled certbot.timer", Token));

            string served = second.SerialNumber;
            if (also.Contains("another authority"))
            {
                // What an authority for trying things issued does not stay until it expires.
                DeployOutcome other = await DeployAsync(AcmeAuthority.OtherDirectory);
                Assert.True(other.ExitCode == 0, other.Output);
                using X509Certificate2 exchanged = await ServedAsync(authority.Root);
                Assert.NotEqual(served, exchanged.SerialNumber);
                served = exchanged.SerialNumber;
            }

            await Site.OnAsync("edge-1", Renew, Token);
            using X509Certificate2 third = await ServedAsync(authority.Root);
            Say($"renewed {of(third)}");
            Assert.NotEqual(served, third.SerialNumber);

            // A key that does not fit, as a disk or a hand may make it: said, and nothing changes.
            string hook = await Site.OnAsync("edge-1", $"cp -rL /etc/letsencrypt/live/site /root/damaged && openssl ecparam -genkey -name prime256v1 -out /root/damaged/privkey.pem && ! RENEWED_LINEAGE=/root/damaged {Hook} 2>&1; rm -rf /root/damaged", Token);
            Assert.Equal("foobar-certificate-deployed: the key of /root/damaged does not fit its certificate; the old one is still served", hook);

            // A renewal that the authority does not answer.
            await Lab.InsideAsync(["pkill", "--exact", "pebble"], Token);
            await Site.OnAsync("edge-1", $"! ({Renew})", Token);
            using X509Certificate2 fourth = await ServedAsync(authority.Root);
            Assert.Equal(third.SerialNumber, fourth.SerialNumber);

            DeployOutcome back = await Site.DeployAsync([], Token);
            isBack = true;
            Assert.True(back.ExitCode == 0, back.Output);
            using X509Certificate2 last = await ServedAsync();
            Assert.Contains("internal authority", last.Issuer, StringComparison.Ordinal);
            Assert.Equal("", await Site.OnAsync("edge-1", "find /etc/letsencrypt/live /etc/letsencrypt/renewal -mindepth 1 -not -name README", Token));
        }
        finally
        {
            await AcmeAuthority.StopAsync(Lab, Site);
            if (!isBack)
            {
                // What failed here must not fail the tests that follow.
                await Site.DeployAsync([], CancellationToken.None);
            }
        }

        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private Task<DeployOutcome> DeployAsync(string? directory = null) => Site.DeployAsync(
        [], Token, inventory => inventory.Replace("\n  vars:\n", $"\n  vars:\n    public_certificate: certbot\n    acme_directory: {directory ?? AcmeAuthority.Directory}\n", StringComparison.Ordinal));

    /// <summary>The certificate that a visitor gets with a page of the site, verified for the name against one authority alone, the internal one when none is given.</summary>
    private async Task<X509Certificate2> ServedAsync(X509Certificate2? authority = null)
    {
        using NetworkNamespace visitor = Site.Namespace("visitor");
        X509Certificate2? served = null;
        SocketsHttpHandler handler = new();
        using HttpClient client = Site.Client(handler, visitor.ConnectAsync, authority);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            served = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
            return errors == SslPolicyErrors.None;
        };
        using HttpResponseMessage answer = await client.GetAsync(new Uri("/", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return served!;
    }
}
