using System.Diagnostics;
using System.Net.Sockets;
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
internal sealed partial class Session : IInterruptible, IDisposable
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

    /// <summary>Which server it is, whatever address it has at the time.</summary>
    public string ServerUuid { get; set; } = string.Empty;

    /// <summary>The server rolls the whole transaction back when a statement has waited too long for a lock (error 1205).</summary>
    public bool RollsBackOnLockWait { get; set; }

    /// <summary>Whether a new session of the server, or one that was reset, takes a backslash in a string for itself.</summary>
    public bool DefaultNoBackslashEscapes { get; set; }

    /// <summary>
    /// Whether the owner's next statement is read with a backslash in a string being no escape. The last owner's mode does not count where a
    /// reset stands in front of that statement.
    /// </summary>
    public bool NoBackslashEscapes => Reset.IsDue ? DefaultNoBackslashEscapes : (Status & ServerStatus.NoBackslashEscapes) != 0;

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
        Reader.ExpectedSequence = PacketReader.AfterCommand;
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
