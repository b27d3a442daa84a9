using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Authentication;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Sessions;

/// <summary>
/// One physical connection: the link, what the server told about the session, and the rules that every call on it keeps. A call is
/// bracketed by <see cref="BeginCall"/> and <see cref="EndCall"/>, and its exceptions go through <see cref="Failed"/>.
/// Not thread-safe but for <see cref="Cancel"/>.
/// </summary>
internal sealed class Session : IInterruptible, IDisposable
{
    private static readonly byte[] AbsorbSql = [.. "DO SLEEP(0)"u8];

    private readonly TimeProvider _time;
    private readonly CallWatch _watch;
    private string _timeoutName = string.Empty;
    private TimeSpan _timeout;
    private long _callStarted;
    private readonly QueryKiller? _killer;
    private InterruptBy _interruptBy;
    private KillOrder? _killOrder;
    private bool _isContinuation;
    private bool _isPreparing;
    private bool _isSendingValues;
    private bool _isNewLease;
    private bool _hasFailed;
    private volatile bool _isBroken;

    /// <param name="options">The connection string.</param>
    /// <param name="time">The clock of every deadline.</param>
    /// <param name="killer">Stops statements on the server; null when they are only cut off.</param>
    public Session(ConnectionOptions options, TimeProvider time, QueryKiller? killer)
    {
        _time = time;
        _killer = killer;
        Options = options;
        Link = new ServerLink(options, time);
        Reader = new PacketReader(Link);
        Writer = new PacketWriter(Link);
        _watch = new CallWatch(time, this);
        Reset = new SessionReset(this);
        Statements = new StatementCache(options.StatementCacheSize);
        Schema = options.Database;
    }

    public ConnectionOptions Options { get; }

    public ServerLink Link { get; }

    public PacketReader Reader { get; }

    public PacketWriter Writer { get; }

    public SessionReset Reset { get; }

    public StatementCache Statements { get; }

    /// <summary>The current trace, as a statement carries it to the server; null when there is none or it is not to be carried.</summary>
    public string? TraceParent =>
        Options.TraceContext && Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>The current row of the result being read.</summary>
    public Row Row { get; } = new();

    public string ServerVersion { get; set; } = string.Empty;

    /// <summary>The server's number for this session, as in KILL and SHOW PROCESSLIST.</summary>
    public uint ThreadId { get; set; }

    /// <summary>Largest packet that the server takes, in bytes.</summary>
    public long MaxAllowedPacket { get; set; } = PacketReader.MaxPacket;

    public ServerStatus Status { get; private set; }

    /// <summary>
    /// Whether a transaction may be open. An error does not tell the status: a procedure that has failed may have begun one.
    /// </summary>
    public bool MayBeInTransaction => (Status & ServerStatus.InTransaction) != 0 || (_hasFailed && Reset.MayHaveLeft);

    /// <summary>The schema that the server has as the current one; empty for none.</summary>
    public string Schema { get; private set; }

    /// <summary>The schema that the owner's next statement is about: until the first, the last owner's may still be the server's.</summary>
    public string OwnSchema => _isNewLease ? Options.Database : Schema;

    /// <summary>GTIDs in the last OK packet that carried any since <see cref="BeginLease"/>.</summary>
    public string? CommittedGtids { get; private set; }

    /// <summary>The pool's epoch in which this session was begun.</summary>
    public int Epoch { get; init; }

    /// <summary>When the pool got it back, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>When the pool must not lend it any more, as a timestamp of the pool's clock.</summary>
    public long EndOfLife { get; set; } = long.MaxValue;

    /// <summary>When it was lent, as a timestamp of the pool's clock; 0 while nobody measures that.</summary>
    public long LentAt { get; set; }

    /// <summary>The batch whose answers are being read; null when there is none.</summary>
    public BatchExecution? Batch { get; set; }

    /// <summary>How far the current call's statement has got.</summary>
    public MySqlFailurePhase Phase { get; private set; }

    /// <summary>The position in the protocol is lost, or the server has ended the session: it can only be closed.</summary>
    public bool IsBroken => _isBroken || Link.IsAborted;

    /// <summary>
    /// The error (SQLSTATE 40xxx, such as a deadlock) with which the server rolled a whole transaction back by itself; null when there was
    /// none since the last transaction was begun.
    /// </summary>
    public MySqlException? RolledBackBy { get; set; }

    /// <summary>Whether a call is under way.</summary>
    public bool IsBusy => _watch.IsActive;

    /// <summary>Begins the use by one owner.</summary>
    public void BeginLease()
    {
        CommittedGtids = null;
        _isNewLease = true;
    }

    /// <summary>Begins a call, to be ended by <see cref="EndCall"/> or <see cref="FailedAsync"/>.</summary>
    /// <param name="timeout">Time for this call.</param>
    /// <param name="timeoutName">What the time-out is called in the exception.</param>
    /// <param name="owner">Who may <see cref="Cancel"/> the call; null for nobody.</param>
    /// <param name="by">How it is interrupted.</param>
    /// <param name="cancellationToken">Interrupts the call.</param>
    /// <exception cref="OperationCanceledException">The token is cancelled already; the call has not begun.</exception>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    /// <exception cref="MySqlException">The connection was lost earlier.</exception>
    public void BeginCall(TimeSpan timeout, string timeoutName, object? owner, InterruptBy by, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Begin(MySqlFailurePhase.NotSent, timeout, timeoutName, owner, by, cancellationToken);
    }

    /// <summary>
    /// A call that goes on reading the answer to a statement that an earlier one sent. A token that is cancelled already interrupts it, as
    /// it would a moment later: the statement is under way, and is to be stopped.
    /// </summary>
    public void BeginContinuation(TimeSpan timeout, string timeoutName, object? owner, InterruptBy by, CancellationToken cancellationToken) =>
        Begin(MySqlFailurePhase.SentUnanswered, timeout, timeoutName, owner, by, cancellationToken);

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

    /// <summary>
    /// Sends what was written; it completes no statement yet, so that a failure leaves the statement unsent. Ends with <see cref="Prepared"/>.
    /// </summary>
    public async ValueTask SendPreparationAsync(bool async)
    {
        // From here on an interruption stops what the server does; one that came before finds nothing sent.
        _isPreparing = true;
        if (IsInterrupted)
        {
            _isPreparing = false;
            throw new OperationCanceledException();
        }

        RequireNothingUnasked();
        await Writer.FlushAsync(async).ConfigureAwait(false);
        Statements.ToClose.Clear();
        Reset.MarkSent();
    }

    /// <summary>From here on, up to <see cref="Prepared"/>, an interruption cuts the connection off, whatever is waited for.</summary>
    public void BeginValues() => _isSendingValues = _isPreparing = true;

    /// <summary>The answer to the preparation was read to its end.</summary>
    public void Prepared() => _isSendingValues = _isPreparing = false;

    /// <summary>Sends what was written, the end of which is a statement to execute.</summary>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="isOne">Whether it is a single one: of several the first ones may have got through when the send fails.</param>
    public async ValueTask SendStatementAsync(bool async, bool isOne = true)
    {
        RequireNothingUnasked();
        MySqlFailurePhase before = Phase;
        try
        {
            // From here on an interruption leaves us not knowing.
            Phase = MySqlFailurePhase.SentUnanswered;
            if (IsInterrupted)
            {
                Phase = MySqlFailurePhase.NotSent;
                throw new OperationCanceledException();
            }

            await Writer.FlushAsync(async).ConfigureAwait(false);
            Statements.ToClose.Clear();
            Reset.MarkSent();
        }
        catch (IOException) when (isOne && _watch.Interruption == Interruption.None)
        {
            // A send that failed did not hand over the last byte, and a statement without its last byte is not executed.
            Phase = before;
            throw;
        }
    }

    /// <summary>Sends a statement of the driver's own, within a call whose statement has got as far as it will.</summary>
    public ValueTask SendOwnAsync(bool async)
    {
        RequireNothingUnasked();
        return Writer.FlushAsync(async);
    }

    /// <summary>What lies in the buffer when a command is sent would be taken for its answer, and every later answer for another's.</summary>
    private void RequireNothingUnasked()
    {
        if (Reader.HasBufferedBytes) throw new ProtocolException("the server sent bytes that answer nothing");
    }

    /// <summary>Takes over what an OK packet tells about the session.</summary>
    public void Observe(in OkPacket ok)
    {
        Status = ok.Status;
        _hasFailed = false;
        _isNewLease = false;
        if (ok.Gtids is not null) CommittedGtids = ok.Gtids;
        if (ok.Schema is not null) Schema = ok.Schema;
    }

    /// <summary>Reads the next packet as the answer to a command that returns no rows.</summary>
    /// <exception cref="MySqlException">The server refused.</exception>
    public async ValueTask<OkPacket> ReadOkAsync(bool async)
    {
        Reader.ExpectedSequence = 1;
        await Reader.ReadAsync(async).ConfigureAwait(false);
        if (ErrorPacket.Is(Reader.Payload)) throw ErrorPacket.Parse(Reader.Payload, MySqlFailurePhase.Answered);
        if (Reader.Payload.IsEmpty || Reader.Payload[0] != OkPacket.Header)
        {
            throw new ProtocolException("a command was answered with neither OK nor an error");
        }

        OkPacket ok = OkPacket.Parse(Reader.Payload);
        Observe(ok);
        return ok;
    }

    /// <summary>
    /// Deals with an interruption of a call that came to its end nevertheless. An answer without rows stands, however late. Rows that the
    /// caller no longer wants are read to their end.
    /// </summary>
    /// <exception cref="MySqlException">The call has timed out.</exception>
    /// <exception cref="MySqlCanceledException">The call was cancelled.</exception>
    public async ValueTask SettleAsync(ResultStream results, bool async, CancellationToken cancellationToken)
    {
        bool stands = results.IsComplete && results.Columns.Length == 0 && Batch is null;
        (Interruption why, string message) = (_watch.Interruption, InterruptedMessage());
        bool hasStopped = await RecoverAsync(results, async).ConfigureAwait(false);
        if (!stands) throw Interrupted(why, message, hasStopped ? MySqlFailurePhase.Answered : MySqlFailurePhase.SentUnanswered, null, cancellationToken);
    }

    /// <summary>
    /// Ends a call that has failed, and says what its caller is to be told. A connection that cannot be used any more is marked.
    /// </summary>
    public async ValueTask<Exception> FailedAsync(Exception failure, bool async, CancellationToken cancellationToken)
    {
        Exception told = Failed(failure, cancellationToken);
        _watch.End();
        if (IsInterrupted || Batch is not null) await RecoverAsync(results: null, async).ConfigureAwait(false);
        return told;
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
            if (answer.EndsTransaction) RolledBackBy = answer;
            return isInterrupted && answer.Number == ServerErrors.QueryInterrupted ? Interrupted(_watch.Interruption, InterruptedMessage(), answer.Phase, answer, cancellationToken) : answer;
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
            MySqlException or AuthenticationException => failure,
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

    /// <summary>
    /// After an interruption, and after the failure of a batch: reads what is under way, and makes sure that no KILL is on its way any more
    /// and that one which came too late does not hit the next statement. A connection that cannot do that in what is left of the cancellation
    /// timeout is broken. Says whether the server has confirmed, in what was left of the results, that it has stopped the statement.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "The caller is told of the interruption; what fails here only breaks the connection.")]
    private async ValueTask<bool> RecoverAsync(ResultStream? results, bool async)
    {
        KillOrder? order = _killOrder;
        _killOrder = null;
        bool hasStopped = false;
        if (order is not null || results is { IsComplete: false } || Batch is not null)
        {
            try
            {
                TimeSpan limit = IsInterrupted ? _watch.GraceLeft : MySqlConnection.CleanupTimeout;
                BeginContinuation(limit, "cancellation timeout", owner: null, InterruptBy.Aborting, CancellationToken.None);
                if (results is not null) hasStopped = await HasStoppedAsync(results, async).ConfigureAwait(false);
                if (Batch is { } sent) await sent.ReadRestAsync(async).ConfigureAwait(false);
                if (order is not null && await order.EndAsync(_watch.GraceLeft, _time, async).ConfigureAwait(false)) await AbsorbKillAsync(async).ConfigureAwait(false);
                if (Batch is { } batch) await batch.UndoAsync(async).ConfigureAwait(false);
            }
            catch (Exception)
            {
                Break();
                order?.Withdraw();
            }
            finally
            {
                _watch.End();
                Batch = null;
            }
        }

        _watch.Forgive();
        return hasStopped;
    }

    /// <summary>Reads what is left of the results: true when they end with the server's word that it was told to stop.</summary>
    private static async ValueTask<bool> HasStoppedAsync(ResultStream results, bool async)
    {
        try
        {
            await results.DrainAsync(async).ConfigureAwait(false);
            return false;
        }
        catch (MySqlException stopped) when (stopped.Number == ServerErrors.QueryInterrupted)
        {
            return true;
        }
    }

    /// <summary>Runs a statement that does nothing but notice a KILL.</summary>
    private async ValueTask AbsorbKillAsync(bool async)
    {
        Writer.BeginQuery();
        Writer.WriteBytes(AbsorbSql);
        Writer.End();
        await SendOwnAsync(async).ConfigureAwait(false);
        try
        {
            await ReadOkAsync(async).ConfigureAwait(false);
        }
        catch (MySqlException noticed) when (noticed.Number == ServerErrors.QueryInterrupted)
        {
            // It was too late for the statement before.
        }
    }

    /// <summary>Marks the session as one that can only be closed.</summary>
    public void Break() => _isBroken = true;

    /// <summary>Closes the connection, with a farewell to the server if it still listens: it counts the others as aborted.</summary>
    public void Dispose()
    {
        if (!IsBroken)
        {
            _isBroken = true;
            try
            {
                Link.LimitFarewell();
                Writer.Clear();
                Writer.BeginCommand(CommandCode.Quit);
                Writer.End();
                Writer.FlushAsync(async: false).Completed();
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The server went first.
            }
        }

        Link.Dispose();
        _watch.Dispose();
    }
}
