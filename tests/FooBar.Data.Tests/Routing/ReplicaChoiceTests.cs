using FooBar.Testing;

namespace FooBar.Data.Tests;

public sealed class ReplicaChoiceTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    /// <summary>Per node: its letter (see <see cref="TopologyExtensions.Claiming"/>), its outstanding work, the highest transaction it holds.</summary>
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
        (NodeState[] states, FakeTime time) = (States(nodes), new());
        Data.GtidSet token = required == 0 ? Data.GtidSet.Empty : Data.GtidSet.Parse($"{A}:{required}");

        ReplicaChoice choice = ReplicaChoice.Among(
            states, token, turn, new(time.GetTimestamp(), time, null), excluded < 0 ? null : [states[excluded].Node]);

        Assert.Equal((chosen < 0 ? null : states[chosen].Name, mustWait), (choice.Node?.Name, choice.MustWait));
    }

    [Fact]
    public void Among_ManyTurns_SpreadsEvenly()
    {
        Assert.Equal([0, 1000, 1000, 1000], Shares(States("P0:9 R0:9 R0:9 R0:9"), new FakeTime(), 3000));
    }

    [Fact]
    public void Among_NodeJustReturned_HasATenthOfItsShare_UntilItIsWarm()
    {
        FakeTime time = new();
        time.Advance(TimeSpan.FromSeconds(1));
        // Idle, it counts as if it had ten operations in hand, a tiny bit more for the rounding of the weight.
        foreach ((string nodes, int[] shares) in ((string, int[])[])[("P0:9 R9:9 R0:9", [0, 10, 0]), ("P0:9 R9:9 R0:9 R9:9", [0, 5, 0, 5])])
        {
            NodeState[] states = States(nodes);
            states[2].Node.Standing.Returned(time.GetTimestamp());

            Assert.Equal(shares, Shares(states, time, 10));
            time.Advance(NodeStanding.SlowStart / 2);
            Assert.Equal(10, Shares(states, time, 10)[2]);
        }

        NodeState[] equals = States("P0:9 R4:9 R4:9");
        equals[2].Node.Standing.Returned(time.GetTimestamp());
        time.Advance(NodeStanding.SlowStart);
        Assert.Equal([0, 5, 5], Shares(equals, time, 10));
    }

    [Fact]
    public void Among_OneMuchSlower_IsTakenOnlyWhenTheOtherHasMoreInHand()
    {
        NodeState[] states = States("P0:9 R0:9 R0:9 R0:9");
        states[1].Node.Standing.Answered(TimeSpan.FromMilliseconds(1));
        states[2].Node.Standing.Answered(TimeSpan.FromMilliseconds(1.9));
        states[3].Node.Standing.Answered(TimeSpan.FromMilliseconds(5));
        Assert.Equal([0, 5, 5, 0], Shares(states, new FakeTime(), 10));

        states = States("R1:9 R0:9");
        states[1].Node.Standing.Answered(TimeSpan.FromMilliseconds(50));
        Assert.Equal([0, 10], Shares(states, new FakeTime(), 10));
    }

    [Fact]
    public void Among_PreferredLocation_ComesBeforeIdlenessAndAfterWhatMustBeHeld()
    {
        NodeState[] states = States("P0:9 R9:9 R0:9", locations: ["a", "a", "b"]);
        FakeTime time = new();
        RoutingMoment near = new(time.GetTimestamp(), time, "a");

        Assert.Equal("db-2", ReplicaChoice.Among(states, Data.GtidSet.Empty, 0, near).Node?.Name);
        Assert.Equal("db-3", ReplicaChoice.Among(States("P0:9 R0:4 R0:9", ["a", "a", "b"]), Data.GtidSet.Parse($"{A}:5"), 0, near).Node?.Name);
        Assert.Equal("db-3", ReplicaChoice.Among(states, Data.GtidSet.Empty, 0, near, [states[1].Node]).Node?.Name);
        Assert.Equal("db-3", ReplicaChoice.Among(states, Data.GtidSet.Empty, 0, near with { PreferredLocation = null }).Node?.Name);
    }

    [Fact]
    public void Among_EjectedNode_IsLeftOutForAWhileButNeverTheLast()
    {
        NodeState[] states = States("P0:9 R9:9 R0:9");
        FakeTime time = new();
        time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < NodeStanding.FailuresUntilEjection; i++)
            states[2].Node.Standing.Failed(time.GetTimestamp(), time);

        Assert.Equal([0, 10, 0], Shares(states, time, 10));
        RoutingMoment now = new(time.GetTimestamp(), time, null);
        Assert.Equal("db-3", ReplicaChoice.Among(states, Data.GtidSet.Empty, 0, now, [states[1].Node]).Node?.Name);
        // What is there waits rather than being asked of the one that fails.
        Assert.Equal(("db-2", true), Chosen(ReplicaChoice.Among(Ejected("P0:9 R0:4 R0:9", 2, time), Data.GtidSet.Parse($"{A}:5"), 0, now)));
        Assert.Equal(("db-2", true), Chosen(ReplicaChoice.Among(Ejected("P0:9 R0:4", 1, time), Data.GtidSet.Parse($"{A}:5"), 0, now)));

        time.Advance(NodeStanding.FirstEjection);
        Assert.Equal([0, 0, 10], Shares(states, time, 10));
    }

    [Fact]
    public void Among_ThreeAndAHundredNodes_AllocatesNothing()
    {
        FakeTime time = new();
        foreach (int nodes in (int[])[3, 100])
        {
            NodeState[] states = States(string.Join(' ', Enumerable.Range(0, nodes).Select(i => i == 0 ? "P0:9" : "R1:9")));
            Data.GtidSet token = Data.GtidSet.Parse($"{A}:5");
            RoutingMoment now = new(0, time, null);
            ReplicaChoice.Among(states, token, 0, now);

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (uint turn = 0; turn < 1000; turn++)
                ReplicaChoice.Among(states, token, turn, now);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    /// <summary>How often each is chosen.</summary>
    private static int[] Shares(NodeState[] states, FakeTime time, uint turns)
    {
        int[] counts = new int[states.Length];
        for (uint turn = 0; turn < turns; turn++)
        {
            Node? node = ReplicaChoice.Among(states, Data.GtidSet.Empty, turn, new(time.GetTimestamp(), time, null)).Node;
            counts[Array.FindIndex(states, state => state.Node == node)]++;
        }

        return counts;
    }

    private static (string?, bool) Chosen(ReplicaChoice choice) => (choice.Node?.Name, choice.MustWait);

    private static NodeState[] Ejected(string nodes, int index, FakeTime time)
    {
        NodeState[] states = States(nodes);
        for (int i = 0; i < NodeStanding.FailuresUntilEjection; i++)
            states[index].Node.Standing.Failed(time.GetTimestamp(), time);
        return states;
    }

    private static NodeState[] States(string nodes, string[]? locations = null) =>
        [.. nodes.Split(' ').Select((part, i) => State($"db-{i + 1}", part, locations?[i]))];

    private static NodeState State(string name, string part, string? location)
    {
        Node node = new(new(name, null!, null!) { Location = location }, new GenericDriverAdapter());
        for (int i = 0; i < part[1] - '0'; i++)
            node.Work.Begin(long.MaxValue, CancellationToken.None);
        return Data.Topology.Unprobed([node]).With(0, state => state.Claiming(part[0], $"{A}:1-{part[3..]}")).Nodes[0];
    }
}
