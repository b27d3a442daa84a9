namespace FooBar.Data.Tests;

public sealed class TopologyTests
{
    /// <summary>A node in one letter: P claims to be primary, R replica, U unknown, O offline; small p and r missed one probe.</summary>
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
        NodeState[] states = [.. nodes.Select((letter, i) => Claiming($"db-{i + 1}", letter))];

        Assert.Equal(new WriterDecision(status, writer), WriterDecision.Among(states));
    }

    [Fact]
    public void With_FirstAnswers_GivesRolesAndCountsTheEpoch()
    {
        Data.Topology topology = Data.Topology.Unprobed(["db-1", "db-2", "db-3"]);
        Assert.Equal("db-1 Unknown (it has not been asked yet), db-2 Unknown (it has not been asked yet), "
            + "db-3 Unknown (it has not been asked yet)", topology.ToString());

        topology = topology.With(1, Claiming("db-2", 'P'));
        topology = topology.With(2, Claiming("db-3", 'R'));

        Assert.Equal(("db-2", 1L), (topology.Primary?.Name, topology.Epoch));
        Assert.Equal([NodeRole.Unknown, NodeRole.Primary, NodeRole.Replica], topology.Nodes.Select(node => node.Role));
    }

    [Fact]
    public void With_SecondClaimant_LeavesNoPrimaryAndNamesTheOther()
    {
        Data.Topology topology = Data.Topology.Unprobed(["db-1", "db-2"]).With(0, Claiming("db-1", 'P'));

        topology = topology.With(1, Claiming("db-2", 'P'));

        Assert.Null(topology.Primary);
        Assert.Equal(WriterStatus.Conflict, topology.WriterStatus);
        Assert.Equal(2, topology.Epoch);
        Assert.Equal("db-1 Unknown (it claims to be the primary, as does db-2), db-2 Unknown (it claims to be the primary, as does db-1)",
            topology.ToString());
    }

    [Fact]
    public void With_ConflictResolved_ProvesTheRemainingOne()
    {
        Data.Topology topology = Data.Topology.Unprobed(["db-1", "db-2"])
            .With(0, Claiming("db-1", 'P')).With(1, Claiming("db-2", 'P')).With(0, Claiming("db-1", 'R'));

        Assert.Equal("db-1 Replica, db-2 Primary", topology.ToString());
        Assert.Equal(3, topology.Epoch);
    }

    [Fact]
    public void Failed_OnceThenTwice_KeepsTheRoleThenLosesIt()
    {
        Data.Topology topology = Data.Topology.Unprobed(["db-1"]).With(0, Claiming("db-1", 'P'));

        topology = topology.With(0, topology.Nodes[0].Failed("gone"));
        Assert.Equal((NodeRole.Primary, 1), (topology.Nodes[0].Role, topology.Nodes[0].Failures));
        topology = topology.With(0, topology.Nodes[0].Failed("gone"));
        Assert.Equal((NodeRole.Offline, 2, "gone"), (topology.Nodes[0].Role, topology.Nodes[0].Failures, topology.Nodes[0].Reason));
        Assert.Equal(Gtids, topology.Nodes[0].Executed);
    }

    [Fact]
    public void Failed_NeverAnswered_IsOfflineAtOnce()
    {
        Assert.Equal(NodeRole.Offline, Data.Topology.Unprobed(["db-1"]).With(0, new NodeState("db-1").Failed("refused")).Nodes[0].Role);
    }

    [Fact]
    public void IsHeldEverywhere_OneNodeLacksIt_IsFalse()
    {
        Data.Topology topology = Data.Topology.Unprobed(["db-1", "db-2"]).With(0, Claiming("db-1", 'P'));
        Assert.False(topology.IsHeldEverywhere(Gtids));

        Assert.True(topology.With(1, Claiming("db-2", 'R')).IsHeldEverywhere(Gtids));
        Assert.True(topology.IsHeldEverywhere(Data.GtidSet.Empty));
    }

    private static Data.GtidSet Gtids => Data.GtidSet.Parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-5");

    internal static NodeState Claiming(string name, char letter, string? executed = null)
    {
        Data.GtidSet gtids = executed is null ? Gtids : Data.GtidSet.Parse(executed);
        NodeState state = new(name);
        state = char.ToUpperInvariant(letter) switch
        {
            'P' => state.Answered(new("u", "ONLINE", "PRIMARY", 3, 3, false, false, gtids), 1),
            'R' => state.Answered(new("u", "ONLINE", "SECONDARY", 3, 3, true, true, gtids), 1),
            'U' => state.Answered(new("u", "RECOVERING", "SECONDARY", 3, 3, true, true, gtids), 1),
            _ => state.Failed("gone").Failed("gone"),
        };
        return char.IsAsciiLetterLower(letter) ? state.Failed("hiccup") : state;
    }
}
