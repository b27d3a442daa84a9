using FooBar.Testing;

namespace FooBar.Data.Tests.History;

/// <summary>Random histories: the checker passes every correct one, and finds the one thing that was broken in it.</summary>
public sealed class HistoryCheckerPropertyTests
{
    /// <summary>Seeds of a plain run; each is another history.</summary>
    private static readonly int Seeds = Catalogue.Times(300, 3000);

    public static TheoryData<string> Mutations => [.. Mutation.All.Keys];

    [Fact]
    public void Correct_RandomHistories_Pass()
    {
        for (int seed = Catalogue.Seed; seed < Catalogue.Seed + Seeds; seed++)
        {
            HistoryReport report = HistoryChecker.Check(new SimulatedStore(seed).Run(appends: 100, reads: 300));
            Assert.True(report.IsCorrect, $"FOOBAR_TEST_SEED={seed}: {report}");
            report.AssertCorrect();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Seeds} histories from FOOBAR_TEST_SEED={Catalogue.Seed} on");
    }

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Mutated_OneWay_IsFoundAndNothingElseIs(string name)
    {
        (Rule rule, Func<Mutation, Mutant?> breaks) = Mutation.All[name];
        int broken = 0;
        for (int seed = Catalogue.Seed; seed < Catalogue.Seed + Seeds; seed++)
        {
            RecordedHistory history = new SimulatedStore(seed).Run(appends: 60, reads: 150);
            if (breaks(new(history, new(seed))) is not { } mutant)
                continue;
            broken++;
            HistoryReport report = HistoryChecker.Check(mutant.History);
            string explanation = $"FOOBAR_TEST_SEED={seed}, {name} in list {mutant.Key}, value {mutant.Value}: {report}";
            Assert.True(report.Counts.Count == 1 && report.Counts.GetValueOrDefault(rule) > 0, explanation);
            Assert.All(report.Violations, found => Assert.True(found.Key == mutant.Key && found.Value == (mutant.Value ?? found.Value), explanation));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {broken} of {Seeds} histories from FOOBAR_TEST_SEED={Catalogue.Seed} on");
        // Not every history has what can be broken this way, but nearly every one.
        Assert.InRange(broken, Seeds * 9 / 10, Seeds);
    }

    [Fact]
    public void Correct_100000Calls_Passes()
    {
        RecordedHistory history = new SimulatedStore(Catalogue.Seed).Run(appends: 24_000, reads: 70_000);
        Assert.InRange(history.Appends.Count + history.Reads.Count, 98_000, 102_000);

        long startedAt = TimeProvider.System.GetTimestamp();
        HistoryReport report = HistoryChecker.Check(history);
        TimeSpan took = TimeProvider.System.GetElapsedTime(startedAt);

        Assert.True(report.IsCorrect, $"FOOBAR_TEST_SEED={Catalogue.Seed}: {report}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{report.Calls} calls checked in {took.TotalMilliseconds:0} ms");
    }
}
