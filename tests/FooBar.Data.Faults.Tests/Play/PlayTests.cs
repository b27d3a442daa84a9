using System.Globalization;
using FooBar.Data.Faults.Tests.Scenarios;
using FooBar.Data.Tests.History;
using FooBar.Data.Tests.RealGroup;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>
/// Plays the catalogue's scenarios: two applications under a load of 250 operations a second, the fault, its mending, more load, and then the whole
/// history is checked.
/// </summary>
public abstract class PlayTests(PlayFixture fixture)
{
    /// <summary>A check of less would be none: it is asserted.</summary>
    private const double LeastRate = 200;

    /// <summary>
    /// What the documentation says that a caller may see: no node in time, an outcome that stayed unknown, a work that took too long, and the
    /// caller's own deadline of 15 s, whoever noticed it.
    /// </summary>
    private static readonly string[] Documented =
    [
        nameof(DatabaseUnavailableException), nameof(OutcomeUnknownException), nameof(OperationTimeoutException),
        nameof(OperationCanceledException), nameof(TaskCanceledException), nameof(MySqlCanceledException),
    ];

    private protected async Task PlayAsync(string name)
    {
        Scenario scenario = AllScenarios.InOrder.Single(one => Rotation.IsNameOf(name, one));
        Assert.SkipWhen(scenario.NeedsNamespaces && OwnNamespaces.Refusal is not null, OwnNamespaces.Refusal ?? "");
        long began = Scene.Now;
        await fixture.HealAsync();
        TimeSpan healing = Since(began);
        await using RealDatabase one = await ApplicationAsync(scenario, 0);
        await using RealDatabase two = await ApplicationAsync(scenario, 1);
        // The clients of a site do not stay away because it is down.
        await using Workload workload = new([one.Database, two.Database], new() { MaximumInFlight = 20_000 });
        Scene scene = new(fixture.Cluster, fixture.Network, [one, two], workload);
        try
        {
            await workload.StartAsync(Scene.Ct);
            await scene.MoreAsync();
            await scenario.PlayAsync(scene);
            RecordedHistory history = await workload.StopAsync(Scene.Ct);
            Check($"{name} ({(scene.IsGroup ? "group" : "classic")})", scene, HistoryChecker.Check(history), history);
            await scene.CheckAsideAsync();
        }
        catch (Exception)
        {
            fixture.NoteFailure();
            Print($"{string.Join('\n', workload.Failures)}\n{string.Join("\n\n", scene.Applications.Select(application => $"{application.Database.Topology}\n{application.Log}"))}");
            throw;
        }
        finally
        {
            if (scenario.SpoilsCluster)
                await fixture.RenewAsync();
            Print($"healed in {healing.TotalSeconds:0.0} s before, {Since(began).TotalSeconds:0.0} s in all");
        }
    }

    private void Check(string name, Scene scene, HistoryReport report, RecordedHistory history)
    {
        Workload workload = scene.Workload;
        FaultRow row = new(name, report, workload.RatePerSecond, workload.LongestStandstill, File.ReadAllText("/proc/loadavg").Split(' ')[0], scene.Notes);
        fixture.Add(row);
        Print($"{report.Summary}\n{string.Join('\n', workload.Failures)}\n{string.Join('\n', scene.Applications.Select(Measured))}");
        report.AssertCorrect();
        Assert.All(report.Errors.Keys, error => Assert.Contains(error, Documented));
        if (scene.NobodySees)
        {
            Assert.Empty(report.Errors);
            Assert.All(scene.Aside, write => Assert.True(write.Done.IsCompletedSuccessfully, $"{write.Done.Exception?.InnerException}"));
        }

        if (scene.MostWithoutWrites is { } most)
            Assert.True(report.LongestWithoutWrite <= most, $"No write for {report.LongestWithoutWrite.TotalSeconds:0.00} s, and {most.TotalSeconds:0.##} s are promised.");
        foreach (Action<RecordedHistory> look in scene.Afterwards)
            look(history);
        Assert.Equal(0, workload.NotBegun);
        Assert.True(workload.RatePerSecond >= LeastRate, $"{workload.RatePerSecond:0} operations a second are less than {LeastRate}.");
    }

    private Task<RealDatabase> ApplicationAsync(Scenario scenario, int client) => RealDatabase.ReadyAsync(
        fixture.Cluster,
        options =>
        {
            // As in production: what is promised is promised with these.
            options.ProbeTimeout = new DatabaseOptions().ProbeTimeout;
            options.CausalWait = new DatabaseOptions().CausalWait;
            scenario.Configure?.Invoke(options, client);
        },
        // As the site's: all of the applications' pools together stay below the servers' limit.
        poolSize: 50, client: client);

    private static string Measured(RealDatabase application) => string.Join(", ", application.Metrics.All
        .Where(pair => pair.Key.StartsWith("database.reads", StringComparison.Ordinal) || pair.Key.StartsWith("database.causal", StringComparison.Ordinal)
            || pair.Key.StartsWith("database.write", StringComparison.Ordinal) || pair.Key.StartsWith("database.failover", StringComparison.Ordinal))
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.##}")));

    private static TimeSpan Since(long began) => TimeProvider.System.GetElapsedTime(began);

    private static void Print(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}

/// <summary>The catalogue on a group.</summary>
public sealed class GroupPlayTests(GroupPlayFixture fixture) : PlayTests(fixture), IClassFixture<GroupPlayFixture>
{
    public static TheoryData<string> Chosen => new(Rotation.Choose(AllScenarios.InOrder, inGroup: true));

    [Theory]
    [MemberData(nameof(Chosen))]
    public Task Fault(string fault) => PlayAsync(fault);
}

/// <summary>The catalogue on a classic cluster.</summary>
public sealed class ClassicPlayTests(ClassicPlayFixture fixture) : PlayTests(fixture), IClassFixture<ClassicPlayFixture>
{
    public static TheoryData<string> Chosen => new(Rotation.Choose(AllScenarios.InOrder, inGroup: false));

    [Theory]
    [MemberData(nameof(Chosen))]
    public Task Fault(string fault) => PlayAsync(fault);
}
