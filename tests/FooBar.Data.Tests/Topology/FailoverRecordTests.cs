using FooBar.Testing;

namespace FooBar.Data.Tests;

public sealed class FailoverRecordTests
{
    [Fact]
    public void With_AnotherPrimary_IsAFailoverAndTheSameOneAgainIsNone()
    {
        FakeTime time = new();
        FailoverRecord record = FailoverRecord.None;
        Data.Topology topology = TopologyExtensions.Unprobed("db-1", "db-2");

        Prove(0);
        Assert.Equal((0L, null), (record.Count, record.LastDuration));
        time.Advance(TimeSpan.FromSeconds(1));
        Prove(0);

        // Lost and back: an interruption.
        time.Advance(TimeSpan.FromSeconds(1));
        Lose(0);
        time.Advance(TimeSpan.FromSeconds(1));
        Prove(0);
        Assert.Equal((0L, null), (record.Count, record.LastDuration));

        // Lost, and another: from its last proof.
        time.Advance(TimeSpan.FromSeconds(2));
        Lose(0);
        time.Advance(TimeSpan.FromSeconds(4));
        Prove(1);
        Assert.Equal((1L, TimeSpan.FromSeconds(6)), (record.Count, record.LastDuration));

        void Prove(int index) => Publish(index, state => state.Claiming('P') with { ProvenAt = time.GetTimestamp() });
        void Lose(int index) => Publish(index, state => state.Claiming('O'));
        void Publish(int index, Func<NodeState, NodeState> change)
        {
            topology = topology.With(index, change);
            record = record.With(topology, time);
        }
    }
}
