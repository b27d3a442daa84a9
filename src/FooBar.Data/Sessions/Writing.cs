using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace FooBar.Data;

/// <summary>One write, and what it has met. For one operation; only <see cref="IsCommitting"/> is read from elsewhere.</summary>
internal sealed class Writing(OperationId operation, OperationAttempts attempts)
{
    private volatile bool _isCommitting;

    public OperationId Operation { get; } = operation;

    public OperationAttempts Attempts { get; } = attempts;

    /// <summary>How often another transaction was in the way.</summary>
    public int Conflicts { get; set; }

    /// <summary>The first COMMIT whose outcome is open; null while there is none. Once set, only a committed unit settles it.</summary>
    public Attempt? Unconfirmed { get; set; }

    /// <summary>
    /// Why the work failed while an outcome was open; null when it did not. The unit is then not run again: its key goes in and out, so that the
    /// first try never can be committed, or is found to have been.
    /// </summary>
    public ExceptionDispatchInfo? WorkFailure { get; set; }

    /// <summary>Whether a COMMIT is under way, from a moment before it is sent.</summary>
    public bool IsCommitting
    {
        get => _isCommitting;
        set => _isCommitting = value;
    }

    /// <summary>Whether the caller was told that the outcome is unknown, and waits no more.</summary>
    public bool IsLeft { get; set; }

    /// <summary>The node of the COMMIT that is under way.</summary>
    public string CommittingOn { get; set; } = "";

    /// <summary>The trace of it; null when nobody listens.</summary>
    public Activity? Activity => Attempts.Activity;
}

/// <summary>A unit's result and GTIDs, or the failure after which it is to be run again.</summary>
internal readonly record struct Unit<T>(T Result, GtidSet? Gtids, Exception? RolledBack);
