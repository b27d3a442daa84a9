using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed class OperationPrunerTests
{
    private const string Delete = "DELETE FROM operation WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL @seconds SECOND ORDER BY created_at LIMIT @most";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OldOperations_AreDeletedInBatchesUntilOneIsNotFull_AndAgainLater()
    {
        await using FakeCluster cluster = new(options => options.OperationRetention = TimeSpan.FromHours(2));
        await cluster.UntilReady();
        int[] left = [500, 500, 3, 0];
        int batches = 0;
        cluster.Primary.OnStatement = statement =>
        {
            if (statement.Text != Delete)
                return Task.FromResult<object?>(null);
            Assert.Equal((7200L, 500), (statement.Parameters["seconds"], statement.Parameters["most"]));
            return Task.FromResult<object?>(left[Math.Min(batches++, 3)]);
        };

        await Pass(cluster, 0.99);
        Assert.Equal(0, batches);
        await Pass(cluster, 0.3);

        Assert.Equal(3, batches);
        Assert.Equal(1003, cluster.Metrics["database.operations.pruned{}"]);
    }

    [Fact]
    public async Task Prune_Fails_SaysSoAndGoesOn()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int tries = 0;
        cluster.Primary.OnStatement = statement =>
        {
            if (statement.Text == Delete && ++tries == 1)
                throw new FakeDbException(1142, FailurePhase.Answered, "DELETE command denied");
            return Task.FromResult<object?>(0);
        };

        await Pass(cluster, 1.3);
        await Pass(cluster, 1.3);

        Assert.Equal(["Old operations could not be deleted; it is tried again: DELETE command denied"], cluster.Log.TextsOf(3016));
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task Retention_Null_KeepsThemForEver()
    {
        await using FakeCluster cluster = new(options => options.OperationRetention = null);
        await cluster.UntilReady();

        await Pass(cluster, 1.5);

        Assert.Empty(cluster.Primary.Statements);
    }

    private static Task Pass(FakeCluster cluster, double intervals) => cluster.Pass(OperationPruner.Interval * intervals, TimeSpan.FromSeconds(1));
}
