using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Transport;
using FooBar.MySql.Types;

namespace FooBar.MySql;

/// <content>
/// Values read in parts. With <see cref="System.Data.CommandBehavior.SequentialAccess"/> a row of more than 255 KB is not buffered:
/// its columns are read once, in ascending order, and wait for the server where they are read.
/// </content>
public sealed partial class MySqlDataReader
{
    private const int TextBufferBytes = 8 * 1024;

    /// <summary>Without a byte order mark, which a reader would take off the beginning of a text that has one.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private CharacterPosition? _characters;

    /// <summary>
    /// The bytes of a binary or text column. Of a streamed row they come from the server as they are read, and the stream ends with the next
    /// Read or when a later column is read; otherwise they are a copy.
    /// </summary>
    /// <exception cref="InvalidOperationException">The row is streamed, and has passed the column.</exception>
    public override Stream GetStream(int ordinal) => IsToBeStreamed(ordinal, out RowStream? row)
        ? new ColumnStream(this, Whole(row!, ColumnValues.HasBytes(Column(ordinal)), typeof(Stream)))
        : new MemoryStream(Bytes(ordinal).ToArray(), writable: false);

    /// <summary>The characters of a text column, under the same rules as <see cref="GetStream"/>.</summary>
    /// <exception cref="InvalidOperationException">The row is streamed, and has passed the column.</exception>
    public override TextReader GetTextReader(int ordinal) => IsToBeStreamed(ordinal, out RowStream? row)
        ? Characters(row!)
        : new StringReader(GetString(ordinal));

    /// <summary>
    /// Copies bytes of a binary or text column, and says how many; without a buffer, how many there are. Of a streamed row
    /// <paramref name="dataOffset"/> never goes back.
    /// </summary>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        if (!IsToBeStreamed(ordinal, out RowStream? row)) return Copy(Bytes(ordinal), dataOffset, buffer, bufferOffset, length);

        ColumnDefinition column = Column(ordinal);
        if (!ColumnValues.HasBytes(column)) throw ColumnValues.Refused(column, typeof(byte[]));
        if (buffer is null) return row!.Length;

        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        Memory<byte> destination = buffer.AsMemory(bufferOffset, length);
        if (dataOffset < row!.Position) throw GoneBack(column);
        if (dataOffset >= row.Length) return 0;

        CallAsync((row, (int)dataOffset - row.Position), static (state, async) => state.row.SkipAsync(state.Item2, async), InterruptBy.Killing, async: false, default).Completed();
        int copied = 0;
        while (copied < length && ReadColumn(row, destination[copied..]) is > 0 and int read) copied += read;
        return copied;
    }

    /// <summary>
    /// Copies characters of a text column, and says how many; without a buffer, how many there are, which of a streamed row nobody knows yet.
    /// There <paramref name="dataOffset"/> never goes back.
    /// </summary>
    /// <exception cref="InvalidOperationException">The row is streamed, and what is asked for is behind, or is the length.</exception>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        CharacterPosition? characters = _characters is { } current && current.Ordinal == ordinal ? current : null;
        if (characters?.Text is null && IsToBeStreamed(ordinal, out RowStream? row))
        {
            return CopyStreamed(row!, characters, dataOffset, buffer, bufferOffset, length);
        }

        // Kept, since whoever copies a text in parts asks many times.
        _characters = characters ??= new CharacterPosition(ordinal, GetString(ordinal), null);
        return Copy<char>(characters.Text, dataOffset, buffer, bufferOffset, length);
    }

    /// <inheritdoc />
    public override async Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Streamed(ordinal) is { } row) await MoveToAsync(row, ordinal, async: true, cancellationToken).ConfigureAwait(false);
        return IsDBNull(ordinal);
    }

    /// <summary>As <see cref="GetFieldValue"/>; of a streamed row it waits for the value without holding the thread.</summary>
    public override async Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Streamed(ordinal) is { } row)
        {
            await MoveToAsync(row, ordinal, async: true, cancellationToken).ConfigureAwait(false);
            bool isStream = typeof(T) == typeof(Stream) || typeof(T) == typeof(TextReader);
            if (!isStream) await LoadAsync(row, ordinal, async: true, cancellationToken).ConfigureAwait(false);
        }

        return GetFieldValue<T>(ordinal);
    }

    /// <summary>Whether this is the row that the reader stands at.</summary>
    internal bool IsStreaming(RowStream row) => _hasRow && _results.Streamed == row;

    /// <summary>Reads some of the current column of a streamed row; 0 at its end.</summary>
    internal int ReadColumn(RowStream row, Memory<byte> destination) => ReadColumnAsync(row, destination, async: false, default).Completed();

    /// <inheritdoc cref="ReadColumn" />
    internal ValueTask<int> ReadColumnAsync(RowStream row, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadColumnAsync(row, destination, async: true, cancellationToken);

    private ValueTask<int> ReadColumnAsync(RowStream row, Memory<byte> destination, bool async, CancellationToken cancellationToken) =>
        CallAsync((row, destination), static (state, async) => state.row.ReadAsync(state.destination, async), InterruptBy.Killing, async, cancellationToken);

    /// <summary>The current row if it is streamed; null if it is in the buffer.</summary>
    private RowStream? Streamed(int ordinal)
    {
        Column(ordinal);
        return _hasRow ? _results.Streamed : throw NoRow();
    }

    /// <summary>Makes a streamed row stand at a column; true when its value is not in memory and not NULL.</summary>
    private bool IsToBeStreamed(int ordinal, out RowStream? row)
    {
        row = Streamed(ordinal);
        if (row is null) return false;

        MoveTo(ordinal);
        return !row.IsLoaded && !row.IsNull;
    }

    private RowStream Whole(RowStream row, bool isPossible, Type type)
    {
        if (!isPossible) throw ColumnValues.Refused(_results.Columns[row.Ordinal], type);

        row.RequireWhole(row.Ordinal);
        return row;
    }

    private StreamReader Characters(RowStream row)
    {
        bool isText = _results.Columns[row.Ordinal].Kind == ValueKind.Text;
        return new StreamReader(
            new ColumnStream(this, Whole(row, isText, typeof(TextReader))), Utf8, detectEncodingFromByteOrderMarks: false, TextBufferBytes);
    }

    private long CopyStreamed(RowStream row, CharacterPosition? characters, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        if (buffer is null)
        {
            throw new InvalidOperationException(
                $"The number of characters in the column '{_results.Columns[row.Ordinal].Name}' is not known before they are read: the row is streamed.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        Span<char> destination = buffer.AsSpan(bufferOffset, length);
        _characters = characters ??= new CharacterPosition(row.Ordinal, null, Characters(row));
        if (dataOffset < characters.Position) throw GoneBack(_results.Columns[row.Ordinal]);

        Span<char> skipped = stackalloc char[256];
        while (characters.Position < dataOffset)
        {
            int most = (int)Math.Min(skipped.Length, dataOffset - characters.Position);
            int read = characters.Reader!.ReadBlock(skipped[..most]);
            if (read == 0) return 0;

            characters.Position += read;
        }

        int copied = characters.Reader!.ReadBlock(destination);
        characters.Position += copied;
        return copied;
    }

    private void MoveTo(int ordinal) => MoveToAsync(_results.Streamed!, ordinal, async: false, default).Completed();

    private void Load(int ordinal) => LoadAsync(_results.Streamed!, ordinal, async: false, default).Completed();

    private ValueTask<bool> MoveToAsync(RowStream row, int ordinal, bool async, CancellationToken cancellationToken)
    {
        row.RequireReachable(ordinal);
        return row.Ordinal == ordinal
            ? new ValueTask<bool>(true)
            : CallAsync((row, ordinal), static (state, async) => state.row.MoveToAsync(state.ordinal, async), InterruptBy.Killing, async, cancellationToken);
    }

    private async ValueTask<bool> LoadAsync(RowStream row, int ordinal, bool async, CancellationToken cancellationToken)
    {
        row.RequireWhole(ordinal);
        await MoveToAsync(row, ordinal, async, cancellationToken).ConfigureAwait(false);
        return row.IsLoaded || row.IsNull
            || await CallAsync(row, static (row, async) => row.LoadAsync(async), InterruptBy.Killing, async, cancellationToken).ConfigureAwait(false);
    }

    private static InvalidOperationException GoneBack(ColumnDefinition column) => new(
        $"What is asked for in the column '{column.Name}' has been passed: with CommandBehavior.SequentialAccess the columns of a large row are read once, in ascending order.");

    /// <summary>How far GetChars has read a column: of a row in the buffer the whole text, of a streamed one its reader.</summary>
    private sealed class CharacterPosition(int ordinal, string? text, StreamReader? reader)
    {
        public int Ordinal { get; } = ordinal;

        public string? Text { get; } = text;

        public StreamReader? Reader { get; } = reader;

        public long Position { get; set; }
    }
}
