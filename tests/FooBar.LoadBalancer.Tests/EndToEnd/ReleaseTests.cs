using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Requests that wait on web-1 when it goes down, or says that it is not ready.</summary>
public sealed class ReleaseTests
{
    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WaitingRequest_OnABackendThatHangs_IsAnsweredByAnother(string version)
    {
        await using Held held = await Held.StartAsync(version);
        held.Site.First.Handler = held.WaitAsync;
        Task<string> request = held.Client.GetStringAsync("/held", Token);
        await held.Arrived;

        held.Site.First.HealthHangs = true;

        Assert.Equal("hello", await request);
        await held.AssertEndAsync("completed", tries: 2, "web-2");
        Assert.Contains(
            "gateway_retries_total{reason=\"backend_down\",result=\"done\"} 1", await held.Site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitingRequest_WhoseSmallAnswerIsHalfThere_IsAnsweredByAnother()
    {
        await using Held held = await Held.StartAsync();
        held.Site.First.Handler = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("only this");
            await context.Response.Body.FlushAsync();
            await held.WaitAsync(context);
        };
        Task<string> request = held.Client.GetStringAsync("/held", Token);
        await held.Arrived;

        held.Site.First.HealthHangs = true;

        Assert.Equal("hello", await request);
        await held.AssertEndAsync("completed", tries: 2, "web-2");
    }

    [Fact]
    public async Task WaitingRequest_OnABackendThatRefusesConnections_IsAnsweredByAnother()
    {
        await using Held held = await Held.StartAsync("1.1", "Health:Interval=00:01:00", "Policy=RoundRobin");
        held.Site.First.Handler = held.WaitAsync;
        Task<string> request = held.Client.GetStringAsync("/held", Token);
        await held.Arrived;

        // The connection that the request is on stays; new ones fail.
        held.Site.First.RefusesConnections = true;
        Assert.Equal("hello", await held.Client.GetStringAsync("/second", Token));
        Assert.Equal("hello", await held.Client.GetStringAsync("/refused", Token));

        Assert.Equal("hello", await request);
        await held.AssertEndAsync("completed", tries: 2, "web-2");
        Assert.Equal(2, (await held.Site.Gateway.AccessLogAsync("/refused")).GetProperty("tries").GetInt32());
    }

    [Fact]
    public async Task WaitingRequest_ThatMayNotBeRepeated_StaysWhereItIs()
    {
        await using Held held = await Held.StartAsync();
        held.Site.First.Handler = held.WaitAsync;
        Task<HttpResponseMessage> request = held.Client.PostAsync("/held", new StringContent("x"), Token);
        await held.Arrived;

        held.Site.First.HealthHangs = true;
        await held.Site.Gateway.AvailableAsync("web-2");

        await held.AssertStaysAsync(request);
    }

    [Fact]
    public async Task WaitingRequest_WhoseAnswerHasBegun_StaysWhereItIs()
    {
        await using Held held = await Held.StartAsync();
        held.Site.First.Handler = async context =>
        {
            await context.Response.WriteAsync("begun, ");
            await context.Response.Body.FlushAsync();
            await held.WaitAsync(context);
        };
        Task<HttpResponseMessage> request = held.Client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead, Token);
        using HttpResponseMessage response = await request;

        held.Site.First.HealthHangs = true;
        await held.Site.Gateway.AvailableAsync("web-2");

        await held.AssertStaysAsync(request, "begun, done");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    public async Task WaitingRequest_OnABackendThatStillAnswers_StaysWhereItIs(int status)
    {
        await using Held held = await Held.StartAsync();
        held.Site.First.Handler = held.WaitAsync;
        Task<HttpResponseMessage> request = held.Client.GetAsync("/held", Token);
        await held.Arrived;

        held.Site.First.HealthStatus = status;
        await held.Site.Gateway.AvailableAsync("web-2");

        await held.AssertStaysAsync(request);
    }

    [Fact]
    public async Task WaitingRequest_WithoutAnotherBackend_StaysWhereItIs()
    {
        await using Held held = await Held.StartAsync();
        await held.Site.Second.KillAsync();
        await held.Site.Gateway.AvailableAsync("web-1");
        held.Site.First.Handler = held.WaitAsync;
        Task<HttpResponseMessage> request = held.Client.GetAsync("/held", Token);
        await held.Arrived;

        held.Site.First.HealthHangs = true;
        int checks = held.Site.First.HealthChecks;
        await Eventually.TrueAsync(() => held.Site.First.HealthChecks > checks + 4, () => "the checks have not all begun");

        // It is the last one, so its silence keeps it in.
        await held.Site.Gateway.AvailableAsync("web-1");
        await held.AssertStaysAsync(request);
    }

    [Fact]
    public async Task WaitingRequest_BeyondTheBudget_StaysWhereItIs()
    {
        await using Held held = await Held.StartAsync("1.1", "Retries:Budget=0", "Retries:Minimum=0");
        held.Site.First.Handler = held.WaitAsync;
        Task<HttpResponseMessage> request = held.Client.GetAsync("/held", Token);
        await held.Arrived;

        held.Site.First.HealthHangs = true;
        await held.Site.Gateway.AvailableAsync("web-2");
        await Eventually.TrueAsync(() => held.Site.First.HealthChecks > 4, () => "no check came after the backend went out");

        await held.AssertStaysAsync(request);
        Assert.Contains(
            "gateway_retries_total{reason=\"backend_down\",result=\"budget_exhausted\"}", await held.Site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    /// <summary>Two backends, and a request that the first one keeps until it is let go.</summary>
    private sealed class Held : IAsyncDisposable
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Held(Arrangement site, HttpClient client)
        {
            Site = site;
            Client = client;
        }

        public Arrangement Site { get; }

        public HttpClient Client { get; }

        public Task Arrived => _arrived.Task.WaitAsync(Token);

        public static async Task<Held> StartAsync(string version = "1.1", params string[] settings)
        {
            Arrangement site = await Arrangement.StartAsync(["Health:Timeout=00:00:01", .. settings]);
            await site.Gateway.AvailableAsync("web-1", "web-2");
            return new Held(site, site.Gateway.Client(Version.Parse(version)));
        }

        public async Task WaitAsync(HttpContext context)
        {
            _arrived.TrySetResult();
            await _release.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("done");
        }

        /// <summary>The request goes on at the first backend, which now finishes it.</summary>
        public async Task AssertStaysAsync(Task<HttpResponseMessage> request, string expected = "done")
        {
            _release.SetResult();
            using HttpResponseMessage response = await request;
            Assert.Equal(expected, await response.Content.ReadAsStringAsync(Token));
            await AssertEndAsync("completed", tries: 1, "web-1");
        }

        public async Task AssertEndAsync(string end, int tries, string backend)
        {
            JsonElement line = await Site.Gateway.AccessLogAsync("/held");
            Assert.Equal(
                (end, tries, backend),
                (line.GetProperty("end").GetString(), line.GetProperty("tries").GetInt32(), line.GetProperty("backend").GetString()));
            await Site.Gateway.IdleAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _release.TrySetResult();
            Client.Dispose();
            await Site.DisposeAsync();
        }
    }
}
