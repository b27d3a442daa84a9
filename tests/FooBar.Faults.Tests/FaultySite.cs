using System.Text.Json;
using FooBar.Load;
using FooBar.Load.Journeys;
using FooBar.Testing.Site;

[assembly: AssemblyFixture(typeof(FooBar.Faults.Tests.FaultySite))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace FooBar.Faults.Tests;

/// <summary>One process as <c>./foobar status</c> shows it.</summary>
public sealed record ProcessState(string Name, string Role, string State, int Pid);

/// <summary>The one stack that all tests of this assembly break, one after the other; but for those that need another kind. Each leaves it whole.</summary>
public class FaultySite : IAsyncLifetime
{
    /// <summary>Each look is a process that takes 0.8 s of the processor, from the site that comes back.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SettledLatency = TimeSpan.FromMilliseconds(500);

    private readonly string[] _options;
    private int _settledStarts;

    private readonly HttpClient _admin = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>The stack as it comes.</summary>
    public FaultySite() => _options = [];

    /// <param name="options">What <c>./foobar up</c> is given.</param>
    protected FaultySite(params string[] options) => _options = options;

    public RunningSite Running { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Running = await RunningSite.StartAsync(Token, _options);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _admin.Dispose();
        if (Running is not null)
        {
            await Running.DisposeAsync();
        }
    }

    /// <summary>Writes a line to the test's output.</summary>
    public static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    public Visitors Visitors(int count) => new(Running.Gateway.Url, Running.CaCertificatePath, count);

    /// <summary>Watches how many requests reach each instance from now on.</summary>
    public BackendCounts Count() => new(Running.Web, _admin);

    /// <summary><c>./foobar fault</c>, as an operator types it; it must succeed. Returns what it said.</summary>
    public async Task<string> FaultAsync(params string[] arguments)
    {
        (int exitCode, string output) = await RunningSite.CommandAsync(Running.StateFolder, Token, ["fault", .. arguments]);
        Say($"fault {string.Join(' ', arguments)}: {output.Trim()}");
        Assert.True(exitCode == 0, output);
        return output;
    }

    public async Task<IReadOnlyList<ProcessState>> StatusAsync()
    {
        (_, string json) = await RunningSite.CommandAsync(Running.StateFolder, Token, "status", "--json");
        using JsonDocument status = JsonDocument.Parse(json);
        JsonElement root = status.RootElement;
        return
        [
            Read("gateway", root.GetProperty("gateway")),
            .. root.GetProperty("web").EnumerateArray().Select(web => Read(web.GetProperty("name").GetString()!, web)),
            .. root.GetProperty("db").EnumerateArray().Select(db => Read(db.GetProperty("name").GetString()!, db)),
        ];
        static ProcessState Read(string name, JsonElement element) => new(
            name,
            element.TryGetProperty("role", out JsonElement role) ? role.GetString()! : "",
            element.GetProperty("state").GetString()!,
            element.GetProperty("pid").GetInt32());
    }

    /// <summary>The name of the primary. Looks until it is seen: on a busy machine a member may have no answer for one look.</summary>
    public async Task<string> PrimaryAsync() => (await MembersAsync("one is the primary", _ => true)).Single(member => member.Role == "primary").Name;

    /// <summary>The members as they are when one is the primary and the condition holds.</summary>
    public async Task<IReadOnlyList<ProcessState>> MembersAsync(string wanted, Func<IReadOnlyList<ProcessState>, bool> condition)
    {
        IReadOnlyList<ProcessState> members = [];
        await UntilAsync(
            wanted,
            now =>
            {
                members = [.. now.Where(process => process.Role is "primary" or "replica")];
                return members.Count(member => member.Role == "primary") == 1 && condition(members);
            },
            UnderLoad.OnlineWithin);
        return members;
    }

    /// <summary>
    /// After a start, ever more visitors until the site answers 50 reads and 50 posts a second fast: what is tested is the loss of a process of a site
    /// that serves, and not how a gateway and a load generator that have just begun bear their first second (docs/decisions/0014-cold-processes.md).
    /// </summary>
    /// <param name="part">The part of these rates that is needed.</param>
    public async Task SettleAsync(double part = 1)
    {
        double[] shares = [0.2, 0.4, 0.7, .. Enumerable.Repeat(1.0, 10)];
        foreach (double share in _settledStarts == Running.Starts ? [] : shares)
        {
            using Visitors visitors = Visitors(20);
            OpenLoop loop = new(TimeProvider.System);
            TimeSpan duration = TimeSpan.FromSeconds(3);
            PostNotice post = new(visitors, new PostJournal("Settling"), TimeProvider.System);
            LoadResult[] results = await Task.WhenAll(
                loop.RunAsync(new LoadPlan("read", 50 * share * part, duration, new ReadPost(visitors, TimeProvider.System).RunAsync, TimeSpan.FromSeconds(15)), Token),
                loop.RunAsync(new LoadPlan("post", 50 * share * part, duration, post.RunAsync, TimeSpan.FromSeconds(15)), Token));
            await AssertNoneFailedAsync(results);
            if (share == 1 && results.All(result => result.Latency.Percentile(95) < SettledLatency))
            {
                _settledStarts = Running.Starts;
                return;
            }
        }

        Assert.True(_settledStarts == Running.Starts, $"The site does not get as fast as {50 * part:0} reads and as many posts a second need.");
    }

    /// <summary>Waits until every process does its work again; fails with the logs when it takes longer. Returns the time that it took.</summary>
    public Task<TimeSpan> WholeAsync(TimeSpan within) => UntilAsync(
        "it is whole",
        now => now.All(process => process.State is "ready" or "online") && now.Count(process => process.Role == "primary") == 1,
        within);

    /// <summary>Waits until the processes are as wanted; fails with the logs when it takes longer. Returns the time that it took.</summary>
    public async Task<TimeSpan> UntilAsync(string wanted, Func<IReadOnlyList<ProcessState>, bool> condition, TimeSpan within)
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(Poll, TimeProvider.System);
        while (true)
        {
            IReadOnlyList<ProcessState> now = await StatusAsync();
            TimeSpan passed = TimeProvider.System.GetElapsedTime(startedAt);
            if (condition(now))
            {
                return passed;
            }

            Assert.True(passed < within, $"Waited {within.TotalSeconds:0} s until {wanted}: {string.Join(", ", now)}\n{await Running.LogsAsync()}");
            await poll.WaitForNextTickAsync(Token);
        }
    }

    /// <summary>What the supervisor has said so far: nothing before anything happened.</summary>
    public string Said()
    {
        string log = Path.Combine(Running.StateFolder, "logs", "supervisor.log");
        return File.Exists(log) ? File.ReadAllText(log) : string.Empty;
    }

    /// <summary>Waits until the supervisor says such a sentence, after what it had said before; fails with the logs when it takes longer.</summary>
    public async Task SaysAsync(string sentence, string before, TimeSpan within)
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (!Said()[before.Length..].Contains(sentence, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < within, $"Waited {within.TotalSeconds:0} s for the supervisor to say '{sentence}'.\n{await Running.LogsAsync()}");
            await poll.WaitForNextTickAsync(Token);
        }
    }

    /// <summary>Waits until a process says that it is ready; asks it directly, often.</summary>
    public async Task ReadyAsync(SiteProcess process, TimeSpan within)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(within);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        while (!await IsReadyAsync(process, deadline.Token))
        {
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Every operation succeeded; otherwise fails with what became of each, and with the logs that explain it.</summary>
    public async Task AssertNoneFailedAsync(IEnumerable<LoadResult> results)
    {
        if (results.Any(result => result.Succeeded != result.Planned))
        {
            // First what failed: of a long message, some readers are shown the beginning only.
            IEnumerable<string> failed = results.SelectMany(result => result.Failures.Take(3).Select(
                failure => $"{result.Name} #{failure.Index}, due at {failure.At.TotalSeconds:0.0} s: {failure.Reason}"));
            Assert.Fail($"{string.Join('\n', failed)}\n{string.Join('\n', results.Select(result => result.Report()))}\n{await Running.LogsAsync()}");
        }
    }

    /// <summary>The posts of the database's primary whose title begins with the text.</summary>
    public async Task<IReadOnlyList<(long Id, string Title)>> PostsAsync(string titlePrefix)
    {
        string primary = await PrimaryAsync();
        return await SitePosts.ReadAsync(Running, Running.Db.Single(db => db.Name == primary), titlePrefix, Token);
    }

    private async Task<bool> IsReadyAsync(SiteProcess process, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await _admin.GetAsync(new Uri(process.Admin, "/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
