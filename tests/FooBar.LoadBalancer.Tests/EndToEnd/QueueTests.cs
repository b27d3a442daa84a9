using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>More requests than the backends may have at once: one each.</summary>
public sealed class QueueTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Length_BeforeAnybodyHasWaited_IsThere()
    {
        await using Arrangement site = await Arrangement.StartAsync();

        Assert.Contains("\ngateway_queue_length 0\n", await site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RequestsBeyondTheRoom_WaitAndAreServedInOrder(string version)
    {
        await using Crowded crowded = await Crowded.StartAsync(version);
        string[] paths = ["/w1", "/w2", "/w3"];
        List<Task<string>> waits = [];
        foreach (string path in paths)
            waits.Add(await crowded.WaitAsync(path, waits.Count + 1));
        Assert.Contains("gateway_queue_length 3", await crowded.Site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (crowded.Site.First.Requests, crowded.Site.Second.Requests));

        foreach (string path in paths)
        {
            crowded.FinishOldest();
            await crowded.ArrivedAsync(path);
        }

        crowded.FinishAll();
        Assert.Equal(paths, await Task.WhenAll(waits));
        await crowded.Site.Gateway.IdleAsync();
        Assert.All(crowded.Site.Gateway.Pool.All, backend => Assert.Equal(1, backend.MostInFlight));
        string metrics = await crowded.Site.Gateway.ScrapeAsync();
        Assert.Contains("gateway_queue_length 0", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_queue_duration_seconds_count{result=\"claimed\"} 3", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestBeyondTheQueue_Gets503AndIsToldWhenToComeBack()
    {
        await using Crowded crowded = await Crowded.StartAsync("1.1", "Queue:Length=1");
        Task<string> wait = await crowded.WaitAsync("/waits", 1);

        using HttpResponseMessage response = await crowded.Client.GetAsync("/beyond", Token);

        await AssertShedAsync(crowded, response, "/beyond", "queue-full", "queue_full");
        crowded.FinishOldest();
        await crowded.ArrivedAsync("/waits");
        crowded.FinishAll();
        Assert.Equal("/waits", await wait);
    }

    [Fact]
    public async Task RequestThatWaitsTooLong_Gets503()
    {
        FakeTime time = new();
        await using Crowded crowded = await Crowded.StartAsync("1.1", time, "Queue:Timeout=00:00:01");
        Task<HttpResponseMessage> request = crowded.Client.GetAsync("/late", Token);
        await crowded.QueuedAsync(1);

        time.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage response = await request;

        await AssertShedAsync(crowded, response, "/late", "queue-timeout", "queue_timeout");
        Assert.Equal((1, 1), (crowded.Site.First.Requests, crowded.Site.Second.Requests));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientThatLeaves_LeavesTheQueue(string version)
    {
        await using Crowded crowded = await Crowded.StartAsync(version);
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> request = crowded.Client.GetAsync("/gone", leave.Token);
        await crowded.QueuedAsync(1);
        Task<string> next = await crowded.WaitAsync("/next", 2);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await crowded.QueuedAsync(1);
        crowded.FinishOldest();
        await crowded.ArrivedAsync("/next");
        crowded.FinishAll();

        Assert.Equal("/next", await next);
        JsonElement line = await crowded.Site.Gateway.AccessLogAsync("/gone");
        Assert.Equal(
            ("client-aborted-request", 499, 0), (line.GetProperty("end").GetString(), line.GetProperty("status").GetInt32(), line.GetProperty("tries").GetInt32()));
        Assert.Equal(3, crowded.Site.First.Requests + crowded.Site.Second.Requests);
    }

    [Fact]
    public async Task BackendsThatAreDrained_SendThoseWhoWaitAway_AndFinishWhatTheyHave()
    {
        await using Crowded crowded = await Crowded.StartAsync();
        Task<HttpResponseMessage> request = crowded.Client.GetAsync("/left", Token);
        await crowded.QueuedAsync(1);

        foreach (Backend backend in crowded.Site.Gateway.Pool.All)
            crowded.Site.Gateway.Pool.Order(backend, AdminState.Drain);
        using HttpResponseMessage response = await request;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("no-backend", (await crowded.Site.Gateway.AccessLogAsync("/left")).GetProperty("end").GetString());
        crowded.FinishAll();
        Assert.Equal(["/held0", "/held1"], await Task.WhenAll(crowded.Held));
    }

    /// <summary>The backend dies under its request. The other has all that it may have, so the second try waits, ahead of the one that came later.</summary>
    [Fact]
    public async Task SecondTry_WaitsInTheQueueLikeEverybody()
    {
        await using Crowded crowded = await Crowded.StartAsync();
        (TestBackend dying, TestBackend staying) = crowded.Paths["/held0"] == "web-1"
            ? (crowded.Site.First, crowded.Site.Second) : (crowded.Site.Second, crowded.Site.First);

        crowded.Abort("/held0");
        await crowded.QueuedAsync(1);
        Backend backend = crowded.Site.Gateway.Pool.All.Single(candidate => candidate.Name == dying.Name);
        crowded.Site.Gateway.Pool.Order(backend, AdminState.Drain);
        Task<string> later = await crowded.WaitAsync("/later", 2);

        crowded.FinishOldest();
        await Eventually.TrueAsync(() => crowded.Paths["/held0"] == staying.Name, () => crowded.Site.Gateway.Log);
        crowded.FinishAll();
        await crowded.ArrivedAsync("/later");
        crowded.FinishAll();

        Assert.Equal(["/held0", "/held1", "/later"], await Task.WhenAll([.. crowded.Held, later]));
        JsonElement line = await crowded.Site.Gateway.AccessLogAsync("/held0");
        Assert.Equal(("completed", 2), (line.GetProperty("end").GetString(), line.GetProperty("tries").GetInt32()));
    }

    [Fact]
    public async Task SecondTry_WithoutRoomInTheQueue_LeavesTheFirstFailure()
    {
        await using Crowded crowded = await Crowded.StartAsync("1.1", "Queue:Length=0");

        crowded.Abort("/held0");

        Assert.Contains("502", (await Assert.ThrowsAsync<HttpRequestException>(() => crowded.Held[0])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "gateway_retries_total{reason=\"backend_failed\",result=\"no_room\"} 1", await crowded.Site.Gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    private static async Task AssertShedAsync(Crowded crowded, HttpResponseMessage response, string path, string end, string reason)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.StartsWith("The site is not available right now. ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        JsonElement line = await crowded.Site.Gateway.AccessLogAsync(path);
        Assert.Equal((end, 0), (line.GetProperty("end").GetString(), line.GetProperty("tries").GetInt32()));
        string metrics = await crowded.Site.Gateway.ScrapeAsync();
        Assert.Contains($"gateway_requests_total{{backend=\"none\",outcome=\"{end}\"}} 1", metrics, StringComparison.Ordinal);
        Assert.Contains($"gateway_shed_total{{reason=\"{reason}\"}} 1", metrics, StringComparison.Ordinal);
    }

    /// <summary>Two backends that may have one request each, and have it. Each request is held until the test finishes it, and then answered with its path.</summary>
    private sealed class Crowded : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<bool>> _held = new();
        private readonly ConcurrentQueue<string> _order = [];
        private readonly ConcurrentDictionary<string, string> _aborted = new();

        private Crowded(Arrangement site, HttpClient client)
        {
            Site = site;
            Client = client;
        }

        public Arrangement Site { get; }

        public HttpClient Client { get; }

        public Task<string>[] Held { get; private set; } = [];

        /// <summary>The name of the backend that a path reached last.</summary>
        public ConcurrentDictionary<string, string> Paths { get; } = new();

        public static Task<Crowded> StartAsync(string version = "1.1", params string[] settings) => StartAsync(version, TimeProvider.System, settings);

        public static async Task<Crowded> StartAsync(string version, TimeProvider time, params string[] settings)
        {
            Arrangement site = await Arrangement.StartAsync(
                time, ["Backends:0:MaxInFlight=1", "Backends:1:MaxInFlight=1", "Health:Interval=00:01:00", .. settings]);
            Crowded crowded = new(site, site.Gateway.Client(Version.Parse(version)));
            site.First.Handler = context => crowded.HoldAsync(context, "web-1");
            site.Second.Handler = context => crowded.HoldAsync(context, "web-2");
            crowded.Held = [crowded.GetAsync("/held0"), crowded.GetAsync("/held1")];
            await crowded.ArrivedAsync("/held0");
            await crowded.ArrivedAsync("/held1");
            return crowded;
        }

        /// <summary>A request that is in the queue when this returns, which it is then with <paramref name="length"/> in all.</summary>
        public async Task<Task<string>> WaitAsync(string path, int length)
        {
            Task<string> request = GetAsync(path);
            await QueuedAsync(length);
            return request;
        }

        /// <summary>Waits until so many wait, and the time of each runs.</summary>
        public Task QueuedAsync(int length) => Eventually.TrueAsync(
            () => Queued() == length && Site.Gateway.Service<QueueMetrics>().Length == length, () => $"{Queued()} wait\n{Site.Gateway.Log}");

        public Task ArrivedAsync(string path) => Eventually.TrueAsync(
            () => Paths.ContainsKey(path), () => $"{path} did not arrive; there are {string.Join(' ', _order)}\n{Site.Gateway.Log}");

        public void FinishOldest()
        {
            while (_order.TryDequeue(out string? path))
            {
                if (_held[path].TrySetResult(true))
                    return;
            }

            Assert.Fail("There is none.");
        }

        public void FinishAll()
        {
            while (_order.TryDequeue(out string? path))
                _held[path].TrySetResult(true);
        }

        /// <summary>Breaks the connection under a request, and again if the connection pool repeats it at the same backend.</summary>
        public void Abort(string path)
        {
            _aborted[path] = Paths[path];
            _held[path].SetResult(false);
        }

        public async ValueTask DisposeAsync()
        {
            FinishAll();
            Client.Dispose();
            await Site.DisposeAsync();
        }

        private int Queued() => Site.Gateway.Pool.All.Max(Site.Gateway.Balancer.QueuedFor);

        private Task<string> GetAsync(string path) => Client.GetStringAsync(path, Token);

        private async Task HoldAsync(HttpContext context, string backend)
        {
            string path = context.Request.Path;
            TaskCompletionSource<bool> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_aborted.TryGetValue(path, out string? broken) && broken == backend)
            {
                context.Abort();
                return;
            }

            _held[path] = end;
            _order.Enqueue(path);
            Paths[path] = backend;
            if (await end.Task.WaitAsync(context.RequestAborted))
                await context.Response.WriteAsync(path);
            else
                context.Abort();
        }
    }
}
