using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

/// <summary>How old an answer may be, and who proves it.</summary>
public sealed partial class ReadTests
{
    [Fact]
    public async Task Latest_InAGroup_IsAnsweredByThePrimaryBehindItsGroupsProof()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));

        Assert.Equal([ReadOnlyProven, "WORK", StillWriter, RestoreProven], FakeCluster.Statements(cluster.Primary));
    }

    [Fact]
    public async Task Latest_WithoutAGroup_IsAnsweredByThePrimary()
    {
        await using FakeCluster cluster = new(member: false);
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.Latest, Ct)));

        Assert.Equal(["SELECT IF(@@global.read_only, NULL, @@global.gtid_executed)", ReadOnly, "WORK", Restore], FakeCluster.Statements(cluster.Primary));
        Assert.Equal(ReplicationMode.Classic, cluster.Database.Topology.Mode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AtMost_OneReplicaLags_IsAnsweredByTheOther(bool member)
    {
        await using FakeCluster cluster = new(member: member);
        await cluster.UntilReady();
        await Grow(cluster, 0, 2);

        for (int i = 0; i < 10; i++)
            Assert.Equal("db-3", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromSeconds(1)), Ct)));
        Assert.Equal(10, cluster.Metrics["database.reads{reason=replica,role=replica}"]);
        Assert.InRange(cluster.Metrics["database.node.staleness{node=db-2}"], 2, 6);
        Assert.InRange(cluster.Metrics["database.node.staleness{node=db-3}"], 0, 0.6);
    }

    [Fact]
    public async Task AtMost_BothLag_WaitsForOneAndTurnsToThePrimary()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        await Grow(cluster, 0);

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromSeconds(1)), Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=causal_timeout,role=primary}"]);
        // Within an hour they are.
        Assert.NotEqual("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromHours(1)), Ct)));
    }

    [Fact]
    public async Task AtMost_ShorterThanTheSamplesAreApart_IsAnsweredByThePrimaryBehindProof()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromTicks(1)), Ct)));

        Assert.Equal([ReadOnlyProven, "WORK", StillWriter, RestoreProven], FakeCluster.Statements(cluster.Primary));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=no_sample,role=primary}"]);
    }

    [Fact]
    public async Task AtMost_PrimaryStopsProving_IsNotAnsweredBeyondTheBound_UntilTheNextOneIsThere()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        // Cut off: it answers its probes as before, and passes no barrier.
        cluster.Primary.OnSample = ct => Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, ct);
        cluster.Primary.OnStatement = async statement =>
        {
            if (statement.Text == "WORK")
                await Task.Delay(Timeout.InfiniteTimeSpan, cluster.Time, statement.Ct);
            return null;
        };
        Freshness second = Freshness.AtMost(TimeSpan.FromSeconds(1));
        Assert.NotEqual("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, second, Ct)));
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(2), cluster.Time, Ct));

        Task<string> read = cluster.Database.CreateSession().ReadAsync(Where, second, Ct);
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(4), cluster.Time, Ct));
        Assert.False(read.IsCompleted);
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        cluster.Nodes[1].AsPrimary();

        await cluster.Run(read);
        Assert.Equal(0, cluster.Nodes[0].Statements.Count(text => text == RestoreProven) - cluster.Nodes[0].Statements.Count(text => text == ReadOnlyProven));
    }

    [Fact]
    public async Task Sampling_DriverStaysInTheQuestionToTheLostPrimary_GoesOnAtTheNextOne()
    {
        await using FakeCluster cluster = new(options => ((FakeDriver)options.Driver).HeedsCancellation = false);
        await cluster.UntilReady();
        cluster.Primary.OnSample = cluster.HangAsync;
        await cluster.Run(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time, Ct));
        cluster.Primary.State = "ERROR";
        await cluster.UntilRoles(NodeRole.Unknown, NodeRole.Replica, NodeRole.Replica);
        cluster.Nodes[1].AsPrimary();
        long now = cluster.Time.GetTimestamp();

        await cluster.Until(topology => topology.Nodes[1].FreshAsOf > now && topology.Nodes[2].FreshAsOf > now);
    }

    [Fact]
    public async Task AtMost_SeesTheSessionsOwnWritesToo()
    {
        await using FakeCluster cluster = new();
        cluster.Primary.Executed = cluster.Nodes[2].Executed = $"{Group}:1-20";
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(CausalToken.Parse($"{Group}:20"));

        for (int i = 0; i < 4; i++)
            Assert.Equal("db-3", await cluster.Run(session.ReadAsync(Where, Freshness.AtMost(TimeSpan.FromHours(1)), Ct)));
    }

    [Fact]
    public async Task DefaultFreshness_OfTheOptions_IsThatOfReadsThatDoNotSay()
    {
        await using FakeCluster cluster = new(options => options.DefaultFreshness = Freshness.Latest);
        await cluster.UntilReady();

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Ct)));
    }

    [Fact]
    public async Task History_Replaced_BeginsTheSamplesAnewAndSaysSo()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        foreach (FakeNode node in cluster.Nodes)
            node.Executed = $"{Group}:1-5";

        await cluster.Until(topology => topology.Nodes.All(node => node.Role != NodeRole.Unknown && node.FreshAsOf is { } at && cluster.Time.GetElapsedTime(at) < TimeSpan.FromSeconds(1)
            && node.Executed.Equals(Data.GtidSet.Parse($"{Group}:1-5"))));

        Assert.Contains("Primary db-1 lacks what the primary held before", Assert.Single(cluster.Log.TextsOf(3023)), StringComparison.Ordinal);
        Assert.NotEqual("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(TimeSpan.FromSeconds(1)), Ct)));
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("oversized")]
    [InlineData("corrupt")]
    public async Task Token_NotToBeHeeded_IsCountedAndTheFirstReadAsksThePrimary(string defect)
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        DatabaseSession session = cluster.Database.CreateSession(defect switch
        {
            "forged" => CausalToken.Forged,
            "oversized" => CausalToken.Restore(new string('1', CausalToken.MaximumLength + 1)),
            _ => CausalToken.Restore("garbage"),
        });
        Assert.Equal("primary", session.Token.ToString());

        Assert.Equal("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));
        Assert.NotEqual("db-1", await cluster.Run(session.ReadAsync(Where, ct: Ct)));

        Assert.Equal(1, cluster.Metrics[$"database.tokens.rejected{{reason={defect}}}"]);
        Assert.Equal(1, cluster.Metrics["database.reads{reason=token_lost,role=primary}"]);
        Assert.Equal(default, session.Token);
    }

    /// <summary>Four seconds in which the primary does ten transactions a second, and the given nodes with it.</summary>
    private static async Task Grow(FakeCluster cluster, params int[] nodes)
    {
        for (int i = 11; i <= 50; i++)
        {
            foreach (int node in nodes)
                cluster.Nodes[node].Executed = $"{Group}:1-{i}";
            await cluster.Run(Task.Delay(TimeSpan.FromMilliseconds(100), cluster.Time, Ct));
        }
    }

    /// <summary>A member that has just left its group waits for nobody, and still takes itself for the primary.</summary>
    [Fact]
    public async Task AtMost_PrimaryHasLeftItsGroup_WhatItSaysProvesNothing()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        TimeSpan bound = TimeSpan.FromSeconds(1);
        await cluster.Until(topology => topology.Nodes.All(node => node.FreshAsOf is not null));
        cluster.Primary.HasLeft = true;

        await cluster.Run(Task.Delay(bound * 2, cluster.Time, Ct));

        Assert.Equal("db-1", await cluster.Run(cluster.Database.CreateSession().ReadAsync(Where, Freshness.AtMost(bound), Ct)));
        Assert.Equal(1, cluster.Metrics["database.reads{reason=no_sample,role=primary}"]);
    }

    /// <summary>As a group's primary does that is stopped by hand: for a moment it answers as before, and then it is read-only.</summary>
    [Fact]
    public async Task Latest_PrimaryHasBecomeReadOnlyMeanwhile_IsReadAgainFromTheNextOne()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();
        int works = 0;

        string node = await cluster.Run(cluster.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                if (++works == 1)
                {
                    cluster.Primary.AsReplica();
                    cluster.Nodes[1].AsPrimary();
                }

                return await Where(connection, ct);
            },
            Freshness.Latest, Ct));

        Assert.Equal(("db-2", 2), (node, works));
    }
}
