using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Statements;

/// <summary>
/// Values that are streams of the caller's: they are read and sent in chunks in front of the execution (COM_STMT_SEND_LONG_DATA, which has
/// no answer), and never held in memory. The server keeps them until the statement is executed or closed.
/// </summary>
internal static class LongData
{
    private const int ChunkBytes = 64 * 1024;

    public static bool Is(object? value) => value is Stream or TextReader;

    /// <summary>Sends all values of a prepared statement that are streams. After a failure the statement must be closed: some of them are there.</summary>
    /// <exception cref="MySqlException">A stream failed, or has more than the server takes. The connection is as before.</exception>
    public static async ValueTask SendAsync(Session session, PreparedStatement statement, ParameterBinding binding, bool async)
    {
        StatementPackets.WriteCloses(session);
        session.BeginValues();
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (int placeholder = 0; placeholder < binding.Count; placeholder++)
            {
                ISource? source = binding[placeholder] switch
                {
                    Stream stream => new Bytes(stream),
                    TextReader text => new Characters(text),
                    _ => null,
                };
                if (source is not null) await SendAsync(session, statement, placeholder, source, chunk, async).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        session.Prepared();
    }

    /// <summary>At least one packet a value: one of nothing makes it empty.</summary>
    private static async ValueTask SendAsync(
        Session session, PreparedStatement statement, int placeholder, ISource source, byte[] chunk, bool async)
    {
        string name = statement.Text.ParameterNames[placeholder];
        long sent = 0;
        int count;
        do
        {
            count = await ReadAsync(session, name, sent, source, chunk, async).ConfigureAwait(false);
            sent += count;
            if (sent > session.MaxAllowedPacket)
            {
                throw Refused(
                    session,
                    $"The parameter '@{name}' has more than the {session.MaxAllowedPacket} bytes that {session.Options.Endpoint} takes (max_allowed_packet).",
                    inner: null);
            }

            if (count == 0 && sent > 0) return;

            session.Writer.BeginCommand(CommandCode.StatementSendLongData);
            session.Writer.WriteUInt32(statement.Id!.Value);
            session.Writer.WriteUInt16((ushort)placeholder);
            session.Writer.WriteBytes(chunk.AsSpan(0, count));
            session.Writer.End();
            await session.SendPreparationAsync(async).ConfigureAwait(false);
        }
        while (count > 0);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the caller's stream throws is told with the parameter's name, and is not the connection's failure.")]
    private static async ValueTask<int> ReadAsync(Session session, string name, long sent, ISource source, byte[] chunk, bool async)
    {
        try
        {
            return await source.ReadAsync(chunk, async, session.Link.Aborted).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw Refused(session, $"The value of the parameter '@{name}' could not be read after {sent} bytes: {failure.Message}", failure);
        }
    }

    /// <summary>What was sent so far has no answer and completes nothing: the connection can go on.</summary>
    private static MySqlException Refused(Session session, string message, Exception? inner)
    {
        session.Prepared();
        return new MySqlException(message, MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, inner: inner);
    }

    private interface ISource
    {
        /// <summary>Reads at least one byte; 0 at the end.</summary>
        ValueTask<int> ReadAsync(byte[] chunk, bool async, CancellationToken cancellationToken);
    }

    private sealed class Bytes(Stream stream) : ISource
    {
        public ValueTask<int> ReadAsync(byte[] chunk, bool async, CancellationToken cancellationToken) =>
            async ? stream.ReadAsync(chunk.AsMemory(0, ChunkBytes), cancellationToken) : new ValueTask<int>(stream.Read(chunk, 0, ChunkBytes));
    }

    /// <summary>Text in UTF-8; a character of two halves may lie across two reads.</summary>
    private sealed class Characters(TextReader text) : ISource
    {
        private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
        private readonly char[] _characters = new char[ChunkBytes / 4];

        public async ValueTask<int> ReadAsync(byte[] chunk, bool async, CancellationToken cancellationToken)
        {
            while (true)
            {
                int read = async
                    ? await text.ReadAsync(_characters.AsMemory(), cancellationToken).ConfigureAwait(false)
                    : text.Read(_characters, 0, _characters.Length);
                int bytes = _encoder.GetBytes(_characters.AsSpan(0, read), chunk, flush: read == 0);
                if (bytes > 0 || read == 0) return bytes;
            }
        }
    }
}
