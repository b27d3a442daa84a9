using System.Net.Sockets;
using System.Security.Authentication;
using FooBar.MySql.Protocol;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Sessions;

/// <summary>The bracket around a call, who may interrupt it, and what its caller is told when it fails.</summary>
internal sealed partial class Session
{
    /// <summary>Begins a call, to be ended by <see cref="EndCall"/> or <see cref="FailedAsync"/>.</summary>
    /// <param name="timeout">Time for this call.</param>
    /// <param name="timeoutName">What the time-out is called in the exception.</param>
    /// <param name="owner">Who may <see cref="Cancel"/> the call; null for nobody.</param>
    /// <param name="by">How it is interrupted.</param>
    /// <param name="cancellationToken">Interrupts the call.</param>
    /// <exception cref="MySqlCanceledException">The token is cancelled already; the call has not begun.</exception>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    /// <exception cref="MySqlException">The connection was lost earlier.</exception>
    public void BeginCall(TimeSpan timeout, string timeoutName, object? owner, InterruptBy by, CancellationToken cancellationToken)
    {
        MySqlCanceledException.ThrowIfRequested(cancellationToken);
        Begin(MySqlFailurePhase.NotSent, timeout, timeoutName, owner, by, cancellationToken);
    }

    /// <summary>
    /// A call that goes on reading the answer to a statement that an earlier one sent. A token that is cancelled already interrupts it, as
    /// it would a moment later: the statement is under way, and is to be stopped.
    /// </summary>
    public void BeginContinuation(TimeSpan timeout, string timeoutName, object? owner, InterruptBy by, CancellationToken cancellationToken) =>
        Begin(MySqlFailurePhase.SentUnanswered, timeout, timeoutName, owner, by, cancellationToken);

    /// <summary>
    /// Within a continuation: everything that was sent is answered to its end. What is refused from here on, up to the next send, leaves the
    /// connection as it is.
    /// </summary>
    public void MarkAllAnswered() => Phase = MySqlFailurePhase.NotSent;

    /// <summary>Ends the call and says how long it took. It may have been interrupted all the same: <see cref="IsInterrupted"/>.</summary>
    public TimeSpan EndCall() => _watch.End();

    /// <summary>The last call was interrupted and nobody has dealt with it yet.</summary>
    public bool IsInterrupted => _watch.Interruption != Interruption.None;

    /// <summary>Interrupts the call under way on another thread, if it is this owner's.</summary>
    public void Cancel(object owner) => _watch.Cancel(owner);

    TimeSpan IInterruptible.Grace => Options.CancellationTimeout;

    bool IInterruptible.TryStop()
    {
        if (_interruptBy == InterruptBy.Aborting || Options.CancellationTimeout == TimeSpan.Zero || _isBroken) return false;

        // What is waited for may be the caller's own stream.
        if (_isSendingValues) return false;

        // Not sent yet: it will not be.
        if (Phase == MySqlFailurePhase.NotSent && !_isPreparing) return true;

        if (_interruptBy == InterruptBy.Killing) _killOrder = _killer?.Kill(this);
        return _interruptBy == InterruptBy.Waiting || _killOrder is not null;
    }

    void IInterruptible.GiveUp() => Break();

    void IInterruptible.Abort() => Link.Abort();

    /// <summary>Notes a refusal with which the server has rolled the whole transaction back.</summary>
    public void NoteEndOfTransaction(MySqlException answer)
    {
        if (answer.EndsTransaction || (RollsBackOnLockWait && answer.Number == ServerErrors.LockWaitTimeout)) RolledBackBy = answer;
    }

    /// <summary>
    /// What the caller is to be told of an exception in the call under way; a connection that cannot be used any more is marked.
    /// Must be called before <see cref="EndCall"/>.
    /// </summary>
    public Exception Failed(Exception failure, CancellationToken cancellationToken)
    {
        bool isInterrupted = IsInterrupted;
        if (failure is MySqlException { Number: not 0 } answer)
        {
            // The server's own word counts, but for the one that we have asked it to say.
            _hasFailed = true;
            if (ServerErrors.EndsSession(answer.Number)) Break();
            NoteEndOfTransaction(answer);
            return isInterrupted && answer.Number == ServerErrors.QueryInterrupted
                ? Interrupted(_watch.Interruption, InterruptedMessage(), PhaseOfStopped, answer, cancellationToken)
                : answer;
        }

        if (Phase == MySqlFailurePhase.NotSent && !_isPreparing && !_isBroken
            && (failure is MySqlException or ArgumentException or NotSupportedException || (isInterrupted && failure is OperationCanceledException)))
        {
            // Nothing is under way: the connection stands.
            Writer.Clear();
            Reset.Unwrite();
            return isInterrupted ? Interrupted(_watch.Interruption, InterruptedMessage(), TellablePhase, failure, cancellationToken) : failure;
        }

        Break();
        double elapsed = _time.GetElapsedTime(_callStarted).TotalSeconds;
        return failure switch
        {
            _ when isInterrupted => Interrupted(_watch.Interruption, InterruptedMessage(), TellablePhase, failure, cancellationToken),
            MySqlException => failure,
            AuthenticationException => new MySqlException(
                $"The connection to {Options.Endpoint} was lost after {elapsed:F1} s: {failure.Message}", TellablePhase, MySqlFailureReason.NotTrusted, inner: failure),
            ProtocolException => new MySqlException(
                $"{Options.Endpoint} broke the protocol: {failure.Message}.", TellablePhase, MySqlFailureReason.ProtocolViolation, inner: failure),
            IOException or SocketException or ObjectDisposedException => new MySqlException(
                $"The connection to {Options.Endpoint} was lost after {elapsed:F1} s: {failure.Message}",
                TellablePhase,
                MySqlFailureReason.ConnectionLost,
                isTransient: true,
                failure),
            _ => failure,
        };
    }

    /// <summary>Of a batch, the commands before the one that was not sent have been.</summary>
    private MySqlFailurePhase TellablePhase => _isContinuation && Phase == MySqlFailurePhase.NotSent ? MySqlFailurePhase.SentUnanswered : Phase;

    /// <summary>What the server has stopped it has undone; but of a batch there may be commands before that one, which are not.</summary>
    private MySqlFailurePhase PhaseOfStopped => Batch is { MayHaveExecuted: true } ? MySqlFailurePhase.SentUnanswered : MySqlFailurePhase.Answered;

    private static Exception Interrupted(
        Interruption why, string message, MySqlFailurePhase phase, Exception? inner, CancellationToken cancellationToken) =>
        why == Interruption.Cancelled
            ? new MySqlCanceledException(message, phase, inner, cancellationToken)
            : new MySqlException(message, phase, MySqlFailureReason.TimedOut, isTransient: true, inner);

    private string InterruptedMessage()
    {
        double elapsed = _time.GetElapsedTime(_callStarted).TotalSeconds;
        return _watch.Interruption == Interruption.Cancelled
            ? $"The call to {Options.Endpoint} was cancelled after {elapsed:F1} s."
            : $"{Options.Endpoint} did not answer in time: the {_timeoutName} has run out after {elapsed:F1} s "
                + $"({_timeout.TotalSeconds:F1} s were left for this call).";
    }

    private void Begin(
        MySqlFailurePhase phase, TimeSpan timeout, string timeoutName, object? owner, InterruptBy by, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new MySqlException(
                $"The connection to {Options.Endpoint} was lost earlier; close it and open another.",
                phase,
                MySqlFailureReason.ConnectionLost,
                isTransient: true);
        }

        _watch.Claim();
        _interruptBy = by;
        _timeout = timeout;
        _timeoutName = timeoutName;
        _callStarted = _time.GetTimestamp();
        Phase = phase;
        _isContinuation = phase != MySqlFailurePhase.NotSent;
        _isSendingValues = _isPreparing = false;
        _watch.Begin(timeout, owner, cancellationToken);
    }
}
