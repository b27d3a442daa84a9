namespace FooBar.Data.Tests;

public sealed class ReplicaChoiceTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    /// <summary>Per node: its letter (see <see cref="TopologyTests"/>), its outstanding work, the highest transaction it holds.</summary>
    [Theory]
    // The primary and what is not a replica never answer for one.
    [InlineData("P0:9", 0, 0, -1, -1, false)]
    [InlineData("P0:9 U0:9 O0:9", 0, 0, -1, -1, false)]
    // Least outstanding.
    [InlineData("P0:9 R3:9 R2:9", 0, 0, -1, 2, false)]
    [InlineData("P0:9 R1:9 R2:9", 2, 0, -1, 1, false)]
    // Ties go round, the turn saying where to begin.
    [InlineData("R0:9 R0:9 R0:9", 0, 0, -1, 0, false)]
    [InlineData("R0:9 R0:9 R0:9", 1, 0, -1, 1, false)]
    [InlineData("R0:9 R0:9 R0:9", 2, 0, -1, 2, false)]
    [InlineData("R0:9 R0:9 R0:9", 3, 0, -1, 0, false)]
    [InlineData("R0:9 R0:9 R0:9", uint.MaxValue, 0, -1, 0, false)]
    // What holds the token comes before what is idle.
    [InlineData("P0:9 R5:9 R0:4", 0, 5, -1, 1, false)]
    [InlineData("P0:9 R5:4 R0:4", 0, 5, -1, 2, true)]
    // A replica that missed one probe still serves.
    [InlineData("P0:9 r0:9 R1:9", 0, 0, -1, 1, false)]
    // Not the one that has just failed.
    [InlineData("P0:9 R0:9 R5:9", 0, 0, 1, 2, false)]
    [InlineData("P0:9 R0:9", 0, 0, 1, -1, false)]
    [InlineData("P0:9 R0:9 R5:4", 0, 5, 1, 2, true)]
    public void Among_Table(string nodes, uint turn, int required, int excluded, int chosen, bool mustWait)
    {
        string[] parts = nodes.Split(' ');
        NodeState[] states = [.. parts.Select((part, i) => Node($"db-{i + 1}", part[0], $"{A}:1-{part[3..]}"))];
        int[] outstanding = [.. parts.Select(part => part[1] - '0')];
        Data.GtidSet token = required == 0 ? Data.GtidSet.Empty : Data.GtidSet.Parse($"{A}:{required}");

        Assert.Equal(new ReplicaChoice(chosen, mustWait), ReplicaChoice.Among(states, outstanding, token, turn, excluded < 0 ? null : [excluded]));
    }

    [Fact]
    public void Among_ManyTurns_SpreadsEvenly()
    {
        NodeState[] states = [.. Enumerable.Range(0, 4).Select(i => Node($"db-{i + 1}", i == 0 ? 'P' : 'R', $"{A}:1-9"))];
        int[] counts = new int[4];
        for (uint turn = 0; turn < 3000; turn++)
            counts[ReplicaChoice.Among(states, [0, 0, 0, 0], Data.GtidSet.Empty, turn).Index]++;

        Assert.Equal([0, 1000, 1000, 1000], counts);
    }

    private static NodeState Node(string name, char letter, string executed) =>
        Data.Topology.Unprobed([name]).With(0, TopologyTests.Claiming(name, letter, executed)).Nodes[0];
}
