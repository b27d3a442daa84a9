using System.Runtime.CompilerServices;
using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;

namespace FooBar.MySql.Results;

/// <summary>
/// The answer to one statement as it arrives: results one after the other, each a count or rows. The beginning of the first row is awaited
/// together with the columns, so that an error before it is known at once.
/// </summary>
/// <param name="session">The connection, with the answer under way.</param>
/// <param name="isBinary">Whether it was executed as a prepared statement.</param>
/// <param name="statement">Knows the columns of the last execution, and is told those of this one; null for a statement that is not kept.</param>
internal sealed class ResultStream(Session session, bool isBinary, PreparedStatement? statement)
{
    private const byte LocalInfileRequest = 0xFB;
    private const int MaxColumns = 4096;

    /// <summary>A row up to this fits the buffer that the connection keeps anyway; only a larger one is worth streaming.</summary>
    private const int LargestBuffered = PacketReader.KeptBuffer - 1024;

    private readonly Row _row = session.Row;
    private Stage _stage;
    private int _columnsTaken;
    private bool _areKnown;
    private bool _hasMoreRows;

    private enum Stage
    {
        Header,
        Columns,
        FirstRow,
    }

    public bool IsBinary => isBinary;

    /// <summary>Whether the statement may do more than read.</summary>
    public bool MayWrite { get; } = statement is not null && (statement.Text.Effects & (SessionEffects.Writes | SessionEffects.Leaves)) != 0;

    /// <summary>Columns of the current result; empty when it has no rows to give.</summary>
    public ColumnDefinition[] Columns { get; private set; } = [];

    /// <summary>Whether the current result has rows, read or not.</summary>
    public bool HasRows { get; private set; }

    /// <summary>Rows affected by all statements without rows so far; null when there was none.</summary>
    public long? AffectedRows { get; private set; }

    public long LastInsertId { get; private set; }

    public bool HasMoreResults { get; private set; }

    /// <summary>The last packet of the answer has been read: the session can take the next command.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>A result of columns and no rows, of a statement that was not executed.</summary>
    public static ResultStream OfColumnsAlone(Session session, ColumnDefinition[] columns) =>
        new(session, isBinary: true, statement: null) { Columns = columns, IsComplete = true };

    /// <summary>Whoever reads takes the columns in ascending order: a row too large for the buffer may be streamed.</summary>
    public bool IsSequential { get; set; }

    /// <summary>The current row while it is streamed; null when it is in the buffer.</summary>
    public RowStream? Streamed { get; private set; }

    public bool IsNull(int ordinal) => Streamed is null ? _row.IsNull(ordinal) : Streamed.IsNull;

    /// <summary>The bytes of a value that is not null, valid until the next row is read.</summary>
    public ReadOnlySpan<byte> Value(int ordinal) => Streamed is null ? _row.Value(session.Reader.Payload, ordinal) : Streamed.Value;

    public string GetString(int ordinal) => IsNull(ordinal) ? string.Empty : Encoding.UTF8.GetString(Value(ordinal));

    /// <summary>Reads up to the first row of the first result of the command that was sent last.</summary>
    /// <exception cref="MySqlException">The server refused the statement.</exception>
    public ValueTask BeginAsync(bool async) => BeginAsync(session.Writer.NextSequence, async);

    /// <summary>Reads up to the first row of the first result of the command whose answer is due.</summary>
    /// <param name="answer">The sequence number with which it begins.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <exception cref="MySqlException">The server refused the statement.</exception>
    public ValueTask BeginAsync(byte answer, bool async)
    {
        session.Reader.ExpectedSequence = answer;
        return ReadResultAsync(async);
    }

    /// <summary>Skips what is left of the current result and begins the next; false when there is none.</summary>
    public async ValueTask<bool> NextResultAsync(bool async)
    {
        // Nobody wants these rows: the large ones among them are not buffered either.
        while (TryReadRow(out bool hasRow) ? hasRow : await ReadRowAsync(async, mayStream: true).ConfigureAwait(false))
        {
        }

        if (!HasMoreResults)
        {
            Columns = [];
            HasRows = false;
            return false;
        }

        await ReadResultAsync(async).ConfigureAwait(false);
        return true;
    }

    /// <summary>Reads everything that is left, so that the session can take the next command.</summary>
    public async ValueTask DrainAsync(bool async)
    {
        while (await NextResultAsync(async).ConfigureAwait(false))
        {
        }
    }

    /// <summary>Moves to the next row.</summary>
    public ValueTask<bool> ReadRowAsync(bool async) =>
        TryReadRow(out bool hasRow) ? new ValueTask<bool>(hasRow) : ReadRowAsync(async, IsSequential);

    /// <summary>Moves to the next row if that needs no I/O; false when it would.</summary>
    public bool TryReadRow(out bool hasRow)
    {
        hasRow = false;
        if (!_hasMoreRows) return true;

        if (Streamed is not null || !session.Reader.TryRead()) return false;

        hasRow = TakeRow();
        return true;
    }

    private ValueTask ReadResultAsync(bool async)
    {
        HasMoreResults = false;
        Columns = [];
        _stage = Stage.Header;
        return TryReadResult() ? default : WaitForResultAsync(async);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitForResultAsync(bool async)
    {
        do
        {
            // Of a row its beginning is enough: whoever reads decides how the rest is to come.
            if (_stage == Stage.FirstRow && await session.Reader.PeekAsync(async).ConfigureAwait(false) is var head && IsRow(head)) continue;

            await session.Reader.FillAsync(async).ConfigureAwait(false);
        }
        while (!TryReadResult());
    }

    /// <summary>Takes what has arrived of a result up to its first row; false when more has to come.</summary>
    private bool TryReadResult()
    {
        while (true)
        {
            if (_stage == Stage.FirstRow && session.Reader.TryPeek(out PacketHead head) && IsRow(head))
            {
                HasRows = _hasMoreRows = true;
                return true;
            }

            if (!session.Reader.TryRead()) return false;

            switch (_stage)
            {
                case Stage.Header:
                    int count = TakeHeader();
                    HasRows = false;
                    if (count == 0) return true;

                    BeginColumns(count);
                    break;
                case Stage.Columns:
                    TakeColumn();
                    break;
                default:
                    TakeRow();
                    return true;
            }
        }
    }

    private void BeginColumns(int count)
    {
        _columnsTaken = 0;
        _areKnown = statement?.Columns.Length == count;
        Columns = _areKnown ? statement!.Columns : new ColumnDefinition[count];
        _stage = Stage.Columns;
    }

    /// <summary>A statement mostly gives the same columns as the last time: then there is nothing to read into new definitions.</summary>
    private void TakeColumn()
    {
        ReadOnlySpan<byte> payload = session.Reader.Payload;
        int ordinal = _columnsTaken++;
        if (!_areKnown || !payload.SequenceEqual(Columns[ordinal].Raw))
        {
            if (_areKnown) Columns = [.. Columns];
            _areKnown = false;
            Columns[ordinal] = ColumnDefinition.Parse(payload, session.Options);
        }

        if (_columnsTaken < Columns.Length) return;

        _stage = Stage.FirstRow;
        if (statement is not null && !_areKnown) statement.Columns = Columns;
        statement = null; // the results behind the first have columns of their own
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadRowAsync(bool async, bool mayStream)
    {
        if (Streamed is { } last)
        {
            await last.EndAsync(async).ConfigureAwait(false);
            Streamed = null;
        }

        if (mayStream)
        {
            PacketHead head = await session.Reader.PeekAsync(async).ConfigureAwait(false);
            if (head.FrameLength > LargestBuffered && IsRow(head))
            {
                Streamed = new RowStream(session.Reader, Columns, isBinary);
                await Streamed.BeginAsync(async).ConfigureAwait(false);
                return true;
            }
        }

        await session.Reader.ReadAsync(async).ConfigureAwait(false);
        return TakeRow();
    }

    /// <summary>Whether a packet that begins so is a row: neither the end of them nor an error, nor a packet without content.</summary>
    private static bool IsRow(PacketHead head) => head.FrameLength > 0 && head.First != ErrorPacket.Header
        && (head.First != OkPacket.EndOfRowsHeader || head.FrameLength == PacketReader.MaxFramePayload);

    /// <summary>Takes the first packet of a result; 0 when it is the whole of it, else the number of columns.</summary>
    private int TakeHeader()
    {
        ReadOnlySpan<byte> payload = session.Reader.Payload;
        if (payload.IsEmpty) throw new ProtocolException("an empty packet where a result was due");
        if (ErrorPacket.Is(payload)) throw Refused(payload);
        if (payload[0] == LocalInfileRequest)
        {
            throw new ProtocolException("the server asked for a file of this machine (LOAD DATA LOCAL), which this driver never sends");
        }

        if (payload[0] == OkPacket.Header)
        {
            OkPacket ok = End(payload);
            AffectedRows = (AffectedRows ?? 0) + (long)ok.AffectedRows;
            LastInsertId = (long)ok.LastInsertId;
            return 0;
        }

        ulong count = new PayloadReader(payload).ReadLengthEncodedInteger();
        return count is > 0 and <= MaxColumns ? (int)count : throw new ProtocolException($"a result has {count} columns");
    }

    /// <summary>Takes a packet among the rows: true for a row, false for their end.</summary>
    private bool TakeRow()
    {
        ReadOnlySpan<byte> payload = session.Reader.Payload;
        if (ErrorPacket.Is(payload))
        {
            _hasMoreRows = false;
            throw Refused(payload);
        }

        if (OkPacket.IsEndOfRows(payload))
        {
            _hasMoreRows = false;
            End(payload);
            return false;
        }

        _row.Locate(payload, Columns, isBinary);
        if (session.Options.ZeroDates == MySqlZeroDates.Null) _row.NullZeroDates(payload, Columns, isBinary);
        return true;
    }

    private OkPacket End(ReadOnlySpan<byte> payload)
    {
        OkPacket ok = OkPacket.Parse(payload);
        session.Observe(ok);
        if (ok.HasChangedSession) session.Reset.MarkChanged();
        if (ok.LastInsertId != 0) session.Reset.MarkInsertId();
        HasMoreResults = ok.Status.HasFlag(ServerStatus.MoreResultsExist);
        IsComplete = !HasMoreResults;
        return ok;
    }

    private MySqlException Refused(ReadOnlySpan<byte> payload)
    {
        IsComplete = true;
        HasMoreResults = false;
        return ErrorPacket.Parse(payload, MySqlFailurePhase.Answered);
    }
}
