using System.Collections.Concurrent;
using System.Data.Common;

namespace FooBar.Data.Tests.Fakes;

/// <summary>An adapter that knows what the fakes tell it, and remembers whose pool was retired.</summary>
internal sealed class FakeDriver : IDriverAdapter
{
    public ConcurrentQueue<string> Retired { get; } = new();

    public Action<FakeNode> OnRetire { get; set; } = _ => { };

    /// <summary>Whether what the nodes' <see cref="FakeCluster.HangAsync"/> holds ends with its token.</summary>
    public bool HeedsCancellation { get; set; } = true;

    /// <summary>Whether it can send a statement in front of the next one, in one round trip.</summary>
    public bool CanSendWithNext { get; set; }

    /// <summary>How many it was given so.</summary>
    public int SentWithNext => _sentWithNext;

    private int _sentWithNext;

    public string? CommittedGtids(DbConnection connection) => ((FakeConnection)connection).CommittedGtids;

    public FailurePhase PhaseOf(Exception exception) => exception is FakeDbException fake ? fake.Phase : FailurePhase.Unknown;

    public void RetirePool(DbDataSource dataSource)
    {
        FakeNode node = (FakeNode)dataSource;
        Retired.Enqueue(node.Name);
        OnRetire(node);
    }

    public bool TrySendWithNext(DbConnection connection, string sql)
    {
        if (!CanSendWithNext)
            return false;
        Interlocked.Increment(ref _sentWithNext);
        ((FakeConnection)connection).Preceding = sql;
        return true;
    }
}
