using System.Net;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class AcmeChallengeTests : IDisposable
{
    private const string Answer = "aB3-_x.fingerprint";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-acme-");

    public AcmeChallengeTests()
    {
        Write("webroot/.well-known/acme-challenge/aB3-_x", Answer);
        Write("webroot/.well-known/acme-challenge/empty", "");
        Write("webroot/.well-known/acme-challenge/has.dot", "secret");
        Write("webroot/.well-known/acme-challenge/folder/inner", "secret");
        Write("webroot/.well-known/acme-challenge/largest", new string('x', 1024));
        Write("webroot/.well-known/acme-challenge/larger", new string('x', 1025));
        Write("webroot/.well-known/outside", "secret");
        Write("webroot/outside", "secret");
        Write("outside", "secret");
    }

    private static CancellationToken Token => Eventually.Limit;

    private string Webroot => Path.Combine(_folder.FullName, "webroot");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("http://www.foobar.com")]
    [InlineData("http://foobar.com")]
    [InlineData("https://www.foobar.com")]
    [InlineData("https://foobar.com")]
    public async Task Token_ThatIsThere_IsAnsweredUnderEveryServedNameWithAndWithoutTls(string origin)
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync($"{origin}/.well-known/acme-challenge/aB3-_x", Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Answer, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal("completed", (await site.Gateway.AccessLogAsync("/.well-known/acme-challenge/aB3-_x")).GetProperty("end").GetString());
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Fact]
    public async Task Head_IsAnsweredWithoutABody()
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();
        using HttpRequestMessage request = new(HttpMethod.Head, "http://www.foobar.com/.well-known/acme-challenge/aB3-_x");

        using HttpResponseMessage response = await client.SendAsync(request, Token);

        Assert.Equal((HttpStatusCode.OK, Answer.Length), (response.StatusCode, response.Content.Headers.ContentLength ?? -1));
    }

    [Theory]
    [InlineData("empty", 0)]
    [InlineData("largest", 1024)]
    public async Task File_AtTheEdgeOfItsSize_IsAnswered(string token, int length)
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        Assert.Equal(length, (await client.GetByteArrayAsync($"http://www.foobar.com/.well-known/acme-challenge/{token}", Token)).Length);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("")]
    [InlineData("larger")]
    [InlineData("has.dot")]
    [InlineData("folder")]
    [InlineData("folder/inner")]
    [InlineData("folder%2Finner")]
    [InlineData("aB3-_x/")]
    [InlineData("aB3-_x%0A")]
    [InlineData("aB3-_x%00")]
    [InlineData("ab3-_x")]
    [InlineData("..%2Foutside")]
    [InlineData("..%2F..%2Foutside")]
    [InlineData("..%2F..%2F..%2Foutside")]
    [InlineData("..%5Coutside")]
    [InlineData("%252e%252e%252foutside")]
    [InlineData("%C0%AE%C0%AE%2Foutside")]
    [InlineData("%2Fetc%2Fpasswd")]
    public async Task Path_ThatIsNoTokenOfAFile_DoesNotExist(string name)
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync(Raw($"http://www.foobar.com/.well-known/acme-challenge/{name}"), Token);

        // The server itself refuses what decodes to nothing that a path may hold.
        Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.BadRequest]);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("%2e%2e/outside")]
    [InlineData("../../outside")]
    [InlineData("x/../../../../../outside")]
    public async Task Path_ThatLeadsOutOfTheFolder_IsRefused(string name)
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync(Raw($"http://www.foobar.com/.well-known/acme-challenge/{name}"), Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task OtherMethods_FindNothing()
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.PostAsync("http://www.foobar.com/.well-known/acme-challenge/aB3-_x", new StringContent("x"), Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task AnotherHost_IsRefusedAsEver()
    {
        await using Arrangement site = await StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("http://other.example/.well-known/acme-challenge/aB3-_x", Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task WithoutAWebroot_TheSiteIsAsked()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("https://www.foobar.com/.well-known/acme-challenge/aB3-_x", Token);

        Assert.Equal(1, site.First.Requests + site.Second.Requests);
    }

    private static Uri Raw(string url) => new(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private Task<Arrangement> StartAsync() => Arrangement.StartAsync($"AcmeWebroot={Webroot}", "CanonicalHost=www.foobar.com", "PublicHttpsPort=443");

    private void Write(string name, string content)
    {
        FileInfo file = new(Path.Combine(_folder.FullName, name));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, content);
    }
}
