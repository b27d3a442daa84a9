using System.Diagnostics.CodeAnalysis;

namespace FooBar.Data;

/// <summary>Why an operation on a node was ended from outside.</summary>
internal enum HoldEnd
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The caller gave up.</summary>
    Caller,

    /// <summary>The node lost the role in which it was begun.</summary>
    NodeLost,

    /// <summary>Its time was over.</summary>
    Deadline,
}

/// <summary>
/// One operation's hold on one node, from the choice of the node to the return of the connection. Its token ends when the caller gives
/// up, when the monitor gives the node up, or when the operation's time is over. Begun and given back at <see cref="NodeWork"/>, and lent again:
/// nothing of the operation may use the token after it.
/// </summary>
/// <param name="mayBlock">
/// Whether what the driver registers with the token may wait for a server, as MySqlConnector's does. It gets a thread of its own then: a hundred operations that
/// end at once, with their node, would leave the pool none for those that are to go on.
/// </param>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing but memory.")]
internal sealed class NodeHold(bool mayBlock)
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenSource? _ending = mayBlock ? new() : null;
    private CancellationTokenRegistration _caller;
    private CancellationToken _callersToken;
    private int _end;

    /// <summary>For everything that the operation does on the node.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>
    /// For who waits for that. Where the driver may block, it ends before anything that the driver has registered is run: of callbacks at one token
    /// the last one is the first, and a work's second statement registers behind the wait for the work.
    /// </summary>
    public CancellationToken Ending => (_ending ?? _source).Token;

    /// <summary>Why the token has ended; the first of several causes.</summary>
    public HoldEnd Ended => (HoldEnd)Volatile.Read(ref _end);

    /// <summary>A call that the driver did not end with its token, on the hold's connection; null for none. See <see cref="DriverCalls"/>.</summary>
    public Task? Left { get; set; }

    /// <summary>The timestamp at which it is ended. May be moved while it is in hand.</summary>
    public long Deadline { get; set; }

    /// <summary>Its place in the node's list, which its lock guards.</summary>
    internal NodeHold? Previous { get; set; }

    /// <inheritdoc cref="Previous" />
    internal NodeHold? Next { get; set; }

    /// <inheritdoc cref="Previous" />
    internal bool IsListed { get; set; }

    internal void Heed(CancellationToken caller)
    {
        _callersToken = caller;
        if (caller.CanBeCanceled)
            _caller = caller.UnsafeRegister(static hold => ((NodeHold)hold!).EndByCaller(), this);
    }

    /// <summary>
    /// Heeds the caller no more: what is begun now has to be heard of to its end. False when the caller has given up before, or it was ended otherwise.
    /// </summary>
    public bool TryIgnoreCaller()
    {
        _caller.Dispose();
        _caller = default;
        // Its callback may not have come yet, and comes no more.
        return Ended == HoldEnd.None && !_callersToken.IsCancellationRequested;
    }

    /// <summary>Throws what the token's end means for the operation.</summary>
    /// <exception cref="OperationCanceledException">It has ended, and with the caller's token when that is why.</exception>
    public void ThrowIfEnded()
    {
        if (Ended == HoldEnd.Caller)
            _callersToken.ThrowIfCancellationRequested();
        Token.ThrowIfCancellationRequested();
    }

    /// <summary>Ends the token, on another thread: what is registered with it closes sockets.</summary>
    public void End(HoldEnd why)
    {
        if (Interlocked.CompareExchange(ref _end, (int)why, (int)HoldEnd.None) != (int)HoldEnd.None)
            return;
        _ = (_ending ?? _source).CancelAsync();
        if (mayBlock)
            _ = DriverDeadline.EndAside(_source);
    }

    /// <summary>Makes it as new; false when that cannot be.</summary>
    internal bool TryReset()
    {
        // Not waited for, as Dispose would: where it runs, it ends this hold, and may be held up in the driver.
        bool isUnheeded = _caller == default || _caller.Unregister();
        (_caller, _callersToken) = (default, default);
        return isUnheeded && Ended == HoldEnd.None && Left is null && _source.TryReset() && _ending?.TryReset() != false;
    }

    /// <summary>As <see cref="End"/>, on this thread: where the driver has not been called yet, or heeds its token.</summary>
    internal void EndNow(HoldEnd why)
    {
        if (Interlocked.CompareExchange(ref _end, (int)why, (int)HoldEnd.None) != (int)HoldEnd.None)
            return;
        _ending?.Cancel();
        _source.Cancel();
    }

    private void EndByCaller()
    {
        if (mayBlock)
            End(HoldEnd.Caller);
        else
            EndNow(HoldEnd.Caller);
    }
}
