using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Two backends as processes of their own; one of them meets its fate under a steady flow of GETs, and no client sees it.</summary>
public sealed partial class FaultTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Kill_OfOneBackend_IsSeenByNoClient()
    {
        await using Scene scene = await Scene.StartAsync();

        await scene.First.SignalAsync("KILL");
        await scene.First.EndAsync();
        await scene.Gateway.AvailableAsync("web-2");
        await scene.First.StartAsync();
        await scene.Gateway.AvailableAsync("web-1", "web-2");

        await scene.AssertNoFailureAsync(retries: true);
    }

    [Fact]
    public async Task Hang_OfOneBackend_IsSeenByNoClient()
    {
        await using Scene scene = await Scene.StartAsync();

        await scene.First.SignalAsync("STOP");
        await scene.Gateway.AvailableAsync("web-2");
        await scene.AnsweredAsync(100);
        await scene.First.SignalAsync("CONT");
        await scene.Gateway.AvailableAsync("web-1", "web-2");

        await scene.AssertNoFailureAsync(retries: true);
    }

    [Fact]
    public async Task OrderlyStop_OfOneBackend_IsSeenByNoClient()
    {
        await using Scene scene = await Scene.StartAsync();

        await scene.First.SignalAsync("TERM");
        Assert.Equal(0, await scene.First.EndAsync());
        await scene.Gateway.AvailableAsync("web-2");
        await scene.AnsweredAsync(100);
        await scene.First.StartAsync();
        await scene.Gateway.AvailableAsync("web-1", "web-2");

        await scene.AssertNoFailureAsync(retries: false);
    }

    /// <summary>What connections that hang do: a POST whose body was not touched goes elsewhere, and takes those that wait along.</summary>
    [Fact]
    public async Task Hang_ThatAConnectionMeets_MovesThePostAndTheWaitingGet()
    {
        using TestCertificates certificates = new();
        await using BackendProcess first = await BackendProcess.StartAsync("web-1", certificates);
        await using BackendProcess second = await BackendProcess.StartAsync("web-2", certificates);
        await using TestGateway gateway = await TestGateway.StartAsync(
            certificates, [(first.Name, first.Url), (second.Name, second.Url)], "Health:Interval=00:01:00", "Policy=RoundRobin");
        using HttpClient client = gateway.Client();
        await first.SignalAsync("STOP");

        // It takes the connection that the first check has left, and waits on it; the second goes to web-2; the third needs a new connection.
        Task<string> waiting = client.GetStringAsync("/waiting", Token);
        await Eventually.TrueAsync(() => gateway.Pool.All[0].InFlight == 1, () => "the first request is not at web-1");
        Assert.Equal("web-2", await client.GetStringAsync("/second", Token));
        using HttpResponseMessage posted = await client.PostAsync("/posted", new StringContent("x"), Token);

        Assert.Equal((HttpStatusCode.OK, "web-2"), (posted.StatusCode, await posted.Content.ReadAsStringAsync(Token)));
        Assert.Equal("web-2", await waiting);
        Assert.Equal(2, (await gateway.AccessLogAsync("/posted")).GetProperty("tries").GetInt32());
        Assert.Equal(2, (await gateway.AccessLogAsync("/waiting")).GetProperty("tries").GetInt32());
        await gateway.IdleAsync();
    }

    /// <summary>The processes, the gateway, and four clients that ask one request after the other.</summary>
    private sealed partial class Scene : IAsyncDisposable
    {
        private const int Clients = 4;

        private readonly CancellationTokenSource _end = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly ConcurrentDictionary<string, int> _answers = new();
        private TestCertificates? _certificates;
        private BackendProcess? _second;
        private Task _flow = Task.CompletedTask;
        private long _longest;

        public BackendProcess First { get; private set; } = null!;

        public TestGateway Gateway { get; private set; } = null!;

        public static async Task<Scene> StartAsync()
        {
            Scene scene = new() { _certificates = new TestCertificates() };
            scene.First = await BackendProcess.StartAsync("web-1", scene._certificates);
            scene._second = await BackendProcess.StartAsync("web-2", scene._certificates);

            // As seldom as in service, and not the tests' quick checks: requests are to meet the fault, too.
            scene.Gateway = await TestGateway.StartAsync(
                scene._certificates,
                [(scene.First.Name, scene.First.Url), (scene._second.Name, scene._second.Url)],
                "Health:Interval=00:00:01",
                "Health:Timeout=00:00:02");
            await scene.Gateway.AvailableAsync("web-1", "web-2");
            scene._flow = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(scene.AskAsync)));
            await scene.AnsweredAsync(100);
            return scene;
        }

        /// <summary>Waits until so many more requests are answered.</summary>
        public Task AnsweredAsync(int more)
        {
            int target = _answers.Values.Sum() + more;
            return Eventually.TrueAsync(() => _answers.Values.Sum() >= target || !_failures.IsEmpty, () => $"{_answers.Values.Sum()} answers, not {target}\n{Gateway.Log}");
        }

        /// <summary>Ends the flow, after both backends have taken part again, and looks at what the clients got.</summary>
        public async Task AssertNoFailureAsync(bool retries)
        {
            int before = _answers.GetValueOrDefault("web-1");
            await AnsweredAsync(100);
            await _end.CancelAsync();
            await _flow;

            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{_answers.Values.Sum()} answers, the longest took {TimeSpan.FromTicks(_longest).TotalMilliseconds} ms");
            Assert.True(_failures.IsEmpty, string.Join(Environment.NewLine, _failures.Take(5)) + Environment.NewLine + Gateway.Log);
            Assert.True(_answers["web-1"] > before, "web-1 got no request after its return");
            await Gateway.IdleAsync();
            if (retries)
                Assert.Matches(Retried(), await Gateway.ScrapeAsync());
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _flow;
            await Gateway.DisposeAsync();
            await First.DisposeAsync();
            await _second!.DisposeAsync();
            _certificates!.Dispose();
            _end.Dispose();
        }

        private async Task AskAsync()
        {
            using HttpClient client = Gateway.Client();
            while (!_end.IsCancellationRequested && _failures.IsEmpty)
            {
                long start = TimeProvider.System.GetTimestamp();
                try
                {
                    using HttpResponseMessage response = await client.GetAsync("/", Token);
                    string answer = await response.Content.ReadAsStringAsync(Token);
                    if (response.StatusCode == HttpStatusCode.OK)
                        _answers.AddOrUpdate(answer, 1, (_, count) => count + 1);
                    else
                        _failures.Enqueue($"{(int)response.StatusCode} {answer}");
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
                {
                    _failures.Enqueue(exception.ToString());
                }

                InterlockedMax(ref _longest, TimeProvider.System.GetElapsedTime(start).Ticks);
            }
        }

        private static void InterlockedMax(ref long target, long value)
        {
            long seen = Volatile.Read(ref target);
            while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is long now && now != seen)
                seen = now;
        }

        [GeneratedRegex("gateway_retries_total\\{reason=\"[a-z_]+\",result=\"done\"\\} [1-9]")]
        private static partial Regex Retried();
    }
}
