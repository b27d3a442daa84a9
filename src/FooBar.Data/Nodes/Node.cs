namespace FooBar.Data;

/// <summary>
/// One server as the layer works with it. This object is its identity: a snapshot, an operation and a measurement mean the same node by it,
/// whichever others come and go. Thread-safe.
/// </summary>
internal sealed class Node(DatabaseNode configuration, IDriverAdapter driver)
{
    private volatile bool _answered;

    public DatabaseNode Configuration { get; } = configuration;

    public string Name => Configuration.Name;

    /// <summary>What is in hand there.</summary>
    public NodeWork Work { get; } = new(mayBlock: !driver.HeedsCancellation);

    /// <summary>How it has done lately.</summary>
    public NodeStanding Standing { get; } = new();

    /// <summary>What was handed to it since the start.</summary>
    public NodeCounts Counts { get; } = new();

    /// <summary>Whether an operation was answered since <see cref="ForgetAnswers"/>.</summary>
    public bool HasAnswered => _answered;

    /// <summary>It has answered an operation: a statement of our own, not one that the application may have had no need to send.</summary>
    public void NoteAnswer()
    {
        // Read first: every operation passes here.
        if (!_answered)
            _answered = true;
    }

    public void ForgetAnswers() => _answered = false;

    public override string ToString() => Name;
}
