namespace FooBar.Data.Tests;

public sealed class TopologyTests
{
    /// <summary>A node in one letter, see <see cref="TopologyExtensions.Claiming"/>.</summary>
    [Theory]
    [InlineData("PRR", 0, WriterStatus.Proven)]
    [InlineData("RRP", 2, WriterStatus.Proven)]
    [InlineData("RRR", -1, WriterStatus.None)]
    [InlineData("UUO", -1, WriterStatus.None)]
    [InlineData("PPR", -1, WriterStatus.Conflict)]
    [InlineData("PPP", -1, WriterStatus.Conflict)]
    [InlineData("pRR", 0, WriterStatus.Proven)]
    [InlineData("pPR", 1, WriterStatus.Proven)]
    [InlineData("ppR", -1, WriterStatus.Conflict)]
    [InlineData("pPP", -1, WriterStatus.Conflict)]
    [InlineData("OPR", 1, WriterStatus.Proven)]
    [InlineData("O", -1, WriterStatus.None)]
    [InlineData("P", 0, WriterStatus.Proven)]
    public void WriterDecision_Table(string nodes, int writer, WriterStatus status)
    {
        NodeState[] states = [.. nodes.Select((letter, i) => TopologyExtensions.Unprobed($"db-{i + 1}").Nodes[0].Claiming(letter))];

        Assert.Equal(new WriterDecision(status, writer), WriterDecision.Among(states));
    }

    [Fact]
    public void With_FirstAnswers_GivesRolesAndCountsTheEpoch()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2", "db-3");
        Assert.Equal("db-1 Unknown (it has not been asked yet), db-2 Unknown (it has not been asked yet), "
            + "db-3 Unknown (it has not been asked yet)", topology.ToString());

        topology = topology.With(1, state => state.Claiming('P'));
        topology = topology.With(2, state => state.Claiming('R'));

        Assert.Equal(("db-2", 1L), (topology.Primary?.Name, topology.Epoch));
        Assert.Equal([NodeRole.Unknown, NodeRole.Primary, NodeRole.Replica], topology.Nodes.Select(node => node.Role));
    }

    [Fact]
    public void With_SecondClaimant_LeavesNoPrimaryAndNamesTheOther()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2").With(0, state => state.Claiming('P'));

        topology = topology.With(1, state => state.Claiming('P'));

        Assert.Null(topology.Primary);
        Assert.Equal(WriterStatus.Conflict, topology.WriterStatus);
        Assert.Equal(2, topology.Epoch);
        Assert.Equal("db-1 Unknown (it claims to be the primary, as does db-2), db-2 Unknown (it claims to be the primary, as does db-1)",
            topology.ToString());
    }

    [Fact]
    public void With_ConflictResolved_ProvesTheRemainingOne()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2")
            .With(0, state => state.Claiming('P')).With(1, state => state.Claiming('P')).With(0, state => state.Claiming('R'));

        Assert.Equal("db-1 Replica, db-2 Primary", topology.ToString());
        Assert.Equal(3, topology.Epoch);
    }

    [Fact]
    public void Failed_OnceThenTwice_KeepsTheRoleThenLosesIt()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1").With(0, state => state.Claiming('P'));

        topology = topology.With(0, state => state.Failed("gone"));
        Assert.Equal((NodeRole.Primary, 1), (topology.Nodes[0].Role, topology.Nodes[0].Failures));
        topology = topology.With(0, state => state.Failed("gone"));
        Assert.Equal((NodeRole.Offline, 2, "gone"), (topology.Nodes[0].Role, topology.Nodes[0].Failures, topology.Nodes[0].Reason));
        Assert.Equal(Gtids, topology.Nodes[0].Executed);
    }

    [Fact]
    public void Failed_NeverAnswered_IsOfflineAtOnce()
    {
        Assert.Equal(NodeRole.Offline, TopologyExtensions.Unprobed("db-1").With(0, state => state.Failed("refused")).Nodes[0].Role);
    }

    [Fact]
    public void IsHeldEverywhere_OneNodeLacksIt_IsFalse()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2").With(0, state => state.Claiming('P'));
        Assert.False(topology.IsHeldEverywhere(Gtids));

        Assert.True(topology.With(1, state => state.Claiming('R')).IsHeldEverywhere(Gtids));
        Assert.True(topology.IsHeldEverywhere(Data.GtidSet.Empty));
    }

    [Fact]
    public void With_ServerWithoutThePluginBesideMembers_IsNoPrimary()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2").With(0, state => state.Answered(Classic("u1", replica: false), 1));
        Assert.Equal(("db-1", ReplicationMode.Classic), (topology.Primary?.Name, topology.Mode));

        topology = topology.With(1, state => state.Claiming('R'));

        Assert.Equal("db-1 Unknown (it is in no group, and db-2 is), db-2 Replica", topology.ToString());
        Assert.Equal((WriterStatus.None, ReplicationMode.Group), (topology.WriterStatus, topology.Mode));
    }

    [Fact]
    public void With_OneServerUnderTwoNames_CountsOnce()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2")
            .With(0, state => state.Answered(Classic("u1", replica: false), 1))
            .With(1, state => state.Answered(Classic("u1", replica: false), 1));

        Assert.Equal("db-1 Primary, db-2 Unknown (it is the same server as db-1)", topology.ToString());
    }

    [Fact]
    public void With_ErrantReplica_DoesNotServe()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1")
            .With(0, state => state.Answered(Classic("u1", replica: true), 1) with { Errant = new(Gtids, 0, true) });

        Assert.Equal($"db-1 Unknown (it holds transactions that the primary does not: {Gtids})", topology.ToString());
    }

    [Fact]
    public void WithNodes_KeepsWhatIsKnownOfThoseThatStay()
    {
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2").With(0, state => state.Claiming('P')).With(1, state => state.Claiming('R'));

        Data.Topology next = topology.WithNodes([topology.Nodes[0].Node, new(new("db-3", null!, null!), new GenericDriverAdapter())], 7);

        Assert.Equal("db-1 Primary, db-3 Unknown (it has not been asked yet)", next.ToString());
        Assert.Equal(topology.Epoch, next.Epoch);
        Assert.Equal("db-2 Replica", topology.WithNodes([topology.Nodes[1].Node], 7).ToString());
        Assert.Equal(topology.Epoch + 1, topology.WithNodes([topology.Nodes[1].Node], 7).Epoch);
    }

    private static Data.GtidSet Gtids => Data.GtidSet.Parse(TopologyExtensions.Gtids);

    private static MemberReport Classic(string uuid, bool replica) => new(uuid, null, new(replica ? 1 : 0, 0), replica, replica, Gtids);
}
