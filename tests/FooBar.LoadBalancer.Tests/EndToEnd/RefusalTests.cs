using System.Net;
using System.Net.Http.Headers;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class RefusalTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task PlainHttp_IsRedirectedWithPathAndQuery()
    {
        await using Arrangement site = await Arrangement.StartAsync("PublicHttpsPort=8443");
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.PostAsync("http://www.foobar.com/a%20b/?c=%2F&d", new StringContent("x"), Token);

        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal("https://www.foobar.com:8443/a%20b/?c=%2F&d", response.Headers.GetValues("Location").Single());
        Assert.Single(response.Headers.GetValues("X-Request-Id"));
        Assert.False(response.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal("redirected", (await site.Gateway.AccessLogAsync("/a b/")).GetProperty("end").GetString());
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Fact]
    public async Task PlainHttp_ForAnotherHost_IsNotRedirected()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("http://other.example/", Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.False(response.Headers.Contains("Location"));
    }

    [Theory]
    [InlineData("http://foobar.com/x?y=%2F", "1.1")]
    [InlineData("https://foobar.com/x?y=%2F", "1.1")]
    [InlineData("https://foobar.com/x?y=%2F", "2.0")]
    public async Task AnotherName_IsRedirectedToTheCanonicalOneInOneStep(string url, string version)
    {
        await using Arrangement site = await Arrangement.StartAsync("PublicHttpsPort=443", "CanonicalHost=www.foobar.com");
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.PostAsync(url, new StringContent("x"), Token);

        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal("https://www.foobar.com/x?y=%2F", response.Headers.GetValues("Location").Single());
        Assert.Equal(url.StartsWith("https:", StringComparison.Ordinal), response.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal("redirected", (await site.Gateway.AccessLogAsync("/x")).GetProperty("end").GetString());
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Theory]
    [InlineData("https://www.foobar.com/")]
    [InlineData("https://localhost/")]
    public async Task CanonicalNameAndLocalOnes_AreServed(string url)
    {
        await using Arrangement site = await Arrangement.StartAsync("CanonicalHost=www.foobar.com");
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync(url, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, site.First.Requests + site.Second.Requests);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task AnotherHost_IsRefusedWith421(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.GetAsync("https://other.example/", Token);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Theory]
    [InlineData("/health/ready")]
    [InlineData("/health/live")]
    [InlineData("/health")]
    [InlineData("/HEALTH/ready")]
    [InlineData("/%68ealth/ready")]
    [InlineData("/metrics")]
    [InlineData("/metrics/")]
    public async Task InnerPages_FromOutside_DoNotExist(string path)
    {
        await using Arrangement site = await Arrangement.StartAsync("Health:Interval=00:01:00");
        using HttpClient client = site.Gateway.Client();
        int checks = site.First.HealthChecks + site.Second.HealthChecks;
        Uri url = new($"https://www.foobar.com{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        using HttpResponseMessage response = await client.GetAsync(url, Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
        Assert.Equal(checks, site.First.HealthChecks + site.Second.HealthChecks);
    }

    [Theory]
    [InlineData("application/grpc", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+proto", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.OK)]
    public async Task Grpc_IsRefusedWith415(string contentType, HttpStatusCode expected)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client(HttpVersion.Version20);
        using ByteArrayContent content = new([0, 0, 0, 0, 0]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);

        using HttpResponseMessage response = await client.PostAsync("/service/Method", content, Token);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, site.First.Requests + site.Second.Requests);
    }

    [Fact]
    public async Task HeadersOverTheLimit_AreRefusedWith431()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        client.DefaultRequestHeaders.Add("X-Large", new string('x', 17 * 1024));

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
        Assert.Equal(0, site.First.Requests + site.Second.Requests);
    }

    [Fact]
    public async Task AdminPort_ShowsReadinessAndTheGatewaysMetrics()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        using HttpClient admin = new() { BaseAddress = site.Gateway.Admin };
        (await client.GetAsync("/", Token)).Dispose();
        (await client.GetAsync("/", Token)).Dispose();
        await site.Gateway.AccessLogAsync("/");

        using HttpResponseMessage ready = await admin.GetAsync("/health/ready", Token);
        string metrics = await admin.GetStringAsync("/metrics", Token);

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("gateway_requests_total{backend=\"web-1\",outcome=\"completed\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_requests_total{backend=\"web-2\",outcome=\"completed\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_backend_up{backend=\"web-1\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_backend_in_flight{backend=\"web-1\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_forward_duration_seconds_bucket{backend=\"web-1\",le=\"0.3\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_count", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AdminPort_WithoutABackend_IsNotReady()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        await site.First.KillAsync();
        await site.Second.KillAsync();
        await site.Gateway.AvailableAsync();
        using HttpClient admin = new() { BaseAddress = site.Gateway.Admin };

        using HttpResponseMessage ready = await admin.GetAsync("/health/ready", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }
}
