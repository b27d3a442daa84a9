using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class FailureTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task KilledBackend_LeavesTheRotationAndReturns()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();
        await site.Gateway.AvailableAsync("web-1", "web-2");

        await site.First.KillAsync();
        await site.Gateway.AvailableAsync("web-2");
        int before = site.First.Requests;
        await GetOkAsync(client, 10);
        Assert.Equal((before, 10), (site.First.Requests, site.Second.Requests));

        await site.First.StartAsync();
        await site.Gateway.AvailableAsync("web-1", "web-2");
        await GetOkAsync(client, 10);
        Assert.Equal((before + 5, 15), (site.First.Requests, site.Second.Requests));
    }

    [Fact]
    public async Task Backend_ThatSaysItIsNotReady_LeavesTheRotation()
    {
        await using Arrangement site = await Arrangement.StartAsync();

        site.Second.HealthStatus = StatusCodes.Status503ServiceUnavailable;
        await site.Gateway.AvailableAsync("web-1");

        Assert.Equal($"{site.Second.Url}/health/ready answered 503", site.Gateway.Pool.All[1].Health.LastFailure);
        Assert.Contains($"Backend web-2 is not ready: {site.Second.Url}/health/ready answered 503. Backends left: 1", site.Gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoBackendReady_OneThatAnswersServesAllTheSame()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using HttpClient client = site.Gateway.Client();

        site.First.HealthStatus = StatusCodes.Status503ServiceUnavailable;
        await site.Gateway.AvailableAsync("web-2");
        await site.Second.KillAsync();
        await site.Gateway.AvailableAsync("web-1");
        await GetOkAsync(client, 10);
        Assert.Equal(10, site.First.Requests);
        using HttpResponseMessage ready = await client.GetAsync(new Uri(site.Gateway.Admin, "/health/ready"), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        // It is gone as well: nobody is left to ask.
        await site.First.KillAsync();
        await site.Gateway.AvailableAsync();
    }

    [Fact]
    public async Task NoBackend_IsAnsweredAtOnceWith503()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        await site.First.KillAsync();
        await site.Second.KillAsync();
        await site.Gateway.AvailableAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("/none", Token);

        await AssertProblemAsync(response, HttpStatusCode.ServiceUnavailable, "The site is not available right now");
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        JsonElement line = await site.Gateway.AccessLogAsync("/none");
        Assert.Equal("no-backend", line.GetProperty("end").GetString());
        Assert.Equal(0, line.GetProperty("tries").GetInt32());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("backend").ValueKind);
    }

    [Fact]
    public async Task BackendThatRefusesTheConnection_IsAnsweredWith502()
    {
        await using Arrangement site = await Arrangement.StartAsync("Health:Interval=00:01:00");
        await site.First.KillAsync();
        await site.Second.KillAsync();
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("/refused", Token);

        await AssertProblemAsync(response, HttpStatusCode.BadGateway, "The site did not answer properly");
        JsonElement line = await site.Gateway.AccessLogAsync("/refused");
        Assert.Equal("backend-connect-failed", line.GetProperty("end").GetString());
        Assert.Equal(2, line.GetProperty("tries").GetInt32());
        await site.Gateway.IdleAsync();
        Assert.Contains(
            "gateway_requests_total{backend=\"web-2\",outcome=\"backend-connect-failed\"} 1", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackendThatBreaksOffBeforeItsAnswer_IsAnsweredWith502()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        site.Handle(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        // A request with a body: the connection pool itself repeats a GET that met a closing connection.
        using HttpResponseMessage response = await client.PostAsync("/broken", new StringContent("x"), Token);

        await AssertProblemAsync(response, HttpStatusCode.BadGateway, "The site did not answer properly");
        Assert.Equal("backend-failed", (await site.Gateway.AccessLogAsync("/broken")).GetProperty("end").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task BackendThatBreaksOffInItsAnswer_LeavesTheClientWithAnIncompleteOne(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Handle(async context =>
        {
            context.Response.ContentLength = 100_000;
            await context.Response.WriteAsync("only this");
            await context.Response.Body.FlushAsync();
            await begun.Task;
            context.Abort();
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.GetAsync("/cut", HttpCompletionOption.ResponseHeadersRead, Token);
        begun.SetResult();
        await AssertIncompleteAsync(response);

        Assert.Equal("backend-cut-response", (await site.Gateway.AccessLogAsync("/cut")).GetProperty("end").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task BackendThatFallsSilentInItsAnswer_LeavesTheClientWithAnIncompleteOne(string version)
    {
        await using Arrangement site = await Arrangement.StartAsync("Forwarding:ActivityTimeout=00:00:00.5");
        site.Handle(async context =>
        {
            context.Response.ContentLength = 100_000;
            await context.Response.WriteAsync("only this");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        using HttpResponseMessage response = await client.GetAsync("/hung", HttpCompletionOption.ResponseHeadersRead, Token);
        await AssertIncompleteAsync(response);

        Assert.Equal("backend-timed-out", (await site.Gateway.AccessLogAsync("/hung")).GetProperty("end").GetString());
    }

    [Fact]
    public async Task SilentBackend_IsAnsweredWith504()
    {
        await using Arrangement site = await Arrangement.StartAsync("Forwarding:ActivityTimeout=00:00:00.2");
        site.Handle(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using HttpClient client = site.Gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("/silent", Token);

        await AssertProblemAsync(response, HttpStatusCode.GatewayTimeout, "The site took too long to answer");
        Assert.Equal("backend-timed-out", (await site.Gateway.AccessLogAsync("/silent")).GetProperty("end").GetString());
    }

    [Fact]
    public async Task ErrorPage_ForABrowser_IsHtmlWithTheRequestIdAndNothingInternal()
    {
        using TestCertificates certificates = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [backend], "Health:Interval=00:01:00");
        await backend.KillAsync();
        using HttpClient client = gateway.Client();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

        using HttpResponseMessage response = await client.GetAsync("/", Token);
        string page = await response.Content.ReadAsStringAsync(Token);

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("<h1>The site did not answer properly</h1>", page, StringComparison.Ordinal);
        Assert.Contains($"<code>{response.Headers.GetValues("X-Request-Id").Single()}</code>", page, StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.All(
            (string[])["Exception", "Connection refused", "127.0.0.1", "web-1", "Yarp"],
            inner => Assert.DoesNotContain(inner, page, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task AssertIncompleteAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(Token);
            await body.CopyToAsync(Stream.Null, Token);
        });
    }

    private static async Task GetOkAsync(HttpClient client, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/", Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string text)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.True(response.Headers.CacheControl?.NoStore);
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.Equal(response.ReasonPhrase, problem.GetProperty("title").GetString());
        Assert.StartsWith($"{text}. ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), problem.GetProperty("requestId").GetString());
    }
}
