using System.Diagnostics;
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
internal sealed class Session : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CallWatch _watch;
    private string _timeoutName = string.Empty;
    private TimeSpan _timeout;
    private long _callStarted;
    private bool _isPreparing;
    private bool _isBroken;

    public Session(ConnectionOptions options, TimeProvider time)
    {
        _time = time;
        Options = options;
        Link = new ServerLink(options.Host, options.Port);
        Reader = new PacketReader(Link);
        Writer = new PacketWriter(Link);
        _watch = new CallWatch(time, Link.Abort);
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

    /// <summary>The current schema; empty for none.</summary>
    public string Schema { get; private set; }

    /// <summary>GTIDs in the last OK packet that carried any since <see cref="BeginLease"/>.</summary>
    public string? CommittedGtids { get; private set; }

    /// <summary>The pool's epoch in which this session was begun.</summary>
    public int Epoch { get; init; }

    /// <summary>When the pool got it back, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>How far the current call's statement has got.</summary>
    public MySqlFailurePhase Phase { get; private set; }

    /// <summary>The position in the protocol is lost, or the server has ended the session: it can only be closed.</summary>
    public bool IsBroken => _isBroken || _watch.Interruption != Interruption.None;

    /// <summary>Begins the use by one owner.</summary>
    public void BeginLease() => CommittedGtids = null;

    /// <param name="timeout">Time for this call.</param>
    /// <param name="timeoutName">What the time-out is called in the exception.</param>
    /// <param name="owner">Who may <see cref="Cancel"/> the call; null for nobody.</param>
    /// <param name="cancellationToken">Interrupts the call, and with it the connection.</param>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    /// <exception cref="MySqlException">The connection was lost earlier.</exception>
    public void BeginCall(TimeSpan timeout, string timeoutName, object? owner, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsBroken)
        {
            throw new MySqlException(
                $"The connection to {Options.Endpoint} was lost earlier; close it and open another.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.ConnectionLost,
                isTransient: true);
        }

        _watch.Begin(timeout, owner, cancellationToken);
        _timeout = timeout;
        _timeoutName = timeoutName;
        _callStarted = _time.GetTimestamp();
        Phase = MySqlFailurePhase.NotSent;
        _isPreparing = false;
    }

    /// <summary>A call that goes on reading the answer to a statement that an earlier one sent.</summary>
    public void BeginContinuation(TimeSpan timeout, string timeoutName, object? owner, CancellationToken cancellationToken)
    {
        BeginCall(timeout, timeoutName, owner, cancellationToken);
        Phase = MySqlFailurePhase.SentUnanswered;
    }

    /// <summary>Ends the call and says how long it took.</summary>
    public TimeSpan EndCall() => _watch.End();

    /// <summary>Interrupts the call under way on another thread, if it is this owner's.</summary>
    public void Cancel(object owner) => _watch.Cancel(owner);

    /// <summary>
    /// Sends what was written; it completes no statement yet, so that a failure leaves the statement unsent. Ends with <see cref="Prepared"/>.
    /// </summary>
    public async ValueTask SendPreparationAsync(bool async)
    {
        _isPreparing = true;
        await Writer.FlushAsync(async).ConfigureAwait(false);
        Statements.ToClose.Clear();
    }

    /// <summary>The answer to the preparation was read to its end.</summary>
    public void Prepared() => _isPreparing = false;

    /// <summary>Sends what was written, the end of which is a statement to execute.</summary>
    public async ValueTask SendStatementAsync(bool async)
    {
        try
        {
            // From here on an interruption leaves us not knowing.
            Phase = MySqlFailurePhase.SentUnanswered;
            await Writer.FlushAsync(async).ConfigureAwait(false);
            Statements.ToClose.Clear();
        }
        catch (IOException) when (_watch.Interruption == Interruption.None)
        {
            // A send that failed did not hand over the last byte, and a statement without its last byte is not executed.
            Phase = MySqlFailurePhase.NotSent;
            throw;
        }
    }

    /// <summary>Takes over what an OK packet tells about the session.</summary>
    public void Observe(in OkPacket ok)
    {
        Status = ok.Status;
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
    /// What the caller is to be told of an exception in the call under way; a connection that cannot be used any more is marked.
    /// Must be called before <see cref="EndCall"/>.
    /// </summary>
    public Exception Failed(Exception failure, CancellationToken cancellationToken)
    {
        if (failure is MySqlException { Number: not 0 } answer)
        {
            // The server's own word counts even if we were about to interrupt.
            if (ServerErrors.EndsSession(answer.Number)) Break();
            return answer;
        }

        if (Phase == MySqlFailurePhase.NotSent && !_isPreparing && !IsBroken
            && failure is MySqlException or ArgumentException or NotSupportedException)
        {
            // A refusal of ours, with nothing under way: the connection stands.
            Writer.Clear();
            Reset.Unwrite();
            return failure;
        }

        Break();
        double elapsed = _time.GetElapsedTime(_callStarted).TotalSeconds;
        return _watch.Interruption switch
        {
            Interruption.Cancelled => new MySqlCanceledException(
                $"The call to {Options.Endpoint} was cancelled after {elapsed:F1} s.", Phase, failure, cancellationToken),
            Interruption.TimedOut => new MySqlException(
                $"{Options.Endpoint} did not answer in time: the {_timeoutName} has run out after {elapsed:F1} s "
                + $"({_timeout.TotalSeconds:F1} s were left for this call).",
                Phase,
                MySqlFailureReason.TimedOut,
                isTransient: true,
                failure),
            _ when failure is MySqlException or AuthenticationException => failure,
            _ when failure is ProtocolException => new MySqlException(
                $"{Options.Endpoint} broke the protocol: {failure.Message}.", Phase, MySqlFailureReason.ProtocolViolation, inner: failure),
            _ when failure is IOException or SocketException or ObjectDisposedException => new MySqlException(
                $"The connection to {Options.Endpoint} was lost after {elapsed:F1} s: {failure.Message}", Phase, MySqlFailureReason.ConnectionLost, isTransient: true, failure),
            _ => failure,
        };
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
