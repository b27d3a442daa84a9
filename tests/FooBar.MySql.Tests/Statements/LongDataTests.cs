using System.Data;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Statements;

/// <summary>Parameters whose values are streams.</summary>
public sealed class LongDataTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private const int MaxAllowedPacket = 64 * 1024 * 1024;

    /// <summary>Its time stands still: how long megabytes take on a busy machine is not what is tested.</summary>
    private readonly MySqlDataSource _source = new(mysql.Server.ConnectionString, new FakeTime());
    private MySqlConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE large (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT)");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public void Stream_OfAsMuchAsTheServerTakes_IsSentWithBoundedMemory()
    {
        using MySqlCommand command = Insert(1, new Pattern(MaxAllowedPacket), null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(1, command.ExecuteNonQuery());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
        Assert.Equal(
            (MaxAllowedPacket, 0),
            _connection.QuerySingle<(int, int)>("SELECT LENGTH(b), b <> REPEAT('abcdefgh', 8388608) FROM large"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamAndText_AreSentWithOtherValues(bool async)
    {
        string text = string.Concat(Enumerable.Repeat("a🦆ßあ", 50_000));
        for (int id = 1; id <= 2; id++)
        {
            await using MySqlCommand command = Insert(id, new Pattern(100_000), new StringReader(text));
            Assert.Equal(1, async ? await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) : command.ExecuteNonQuery());
            command.Parameters.Clear();
            command.Parameters.AddWithValue("id", id + 10);
            command.Parameters.AddWithValue("b", new MemoryStream());
            command.Parameters.AddWithValue("t", new StringReader(""));
            Assert.Equal(1, async ? await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) : command.ExecuteNonQuery());
            command.Parameters["b"].Value = new byte[] { 1 };
            command.Parameters["t"].Value = null;
            command.Parameters["id"].Value = id + 20;
            Assert.Equal(1, async ? await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) : command.ExecuteNonQuery());
        }

        Assert.Equal(
            [(1, 100_000, text), (2, 100_000, text), (11, 0, ""), (12, 0, ""), (21, 1, null), (22, 1, null)],
            await _connection.QueryAsync<(int, int, string?)>("SELECT id, LENGTH(b), t FROM large ORDER BY id"));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 200_000)]
    [InlineData(false, 200_000)]
    public async Task Stream_ThatFails_LeavesTheConnectionAndTheStatementUsable(bool async, int after)
    {
        await using MySqlTransaction transaction = await _connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = Insert(1, new Pattern(after, fails: true), null);
        MySqlException failed = async
            ? await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken))
            : Assert.Throws<MySqlException>(() => command.ExecuteNonQuery());

        // What was read in whole chunks has been sent.
        Assert.Equal($"The value of the parameter '@b' could not be read after {after} bytes: the disk is on fire", failed.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused), (failed.Phase, failed.Reason));
        Assert.IsType<InvalidDataException>(failed.InnerException);
        Assert.Equal(ConnectionState.Open, _connection.State);
        command.Parameters["b"].Value = new byte[] { 1, 2 };
        Assert.Equal(1, command.ExecuteNonQuery());
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, _connection.ExecuteScalar<int>("SELECT LENGTH(b) FROM large"));
    }

    [Fact]
    public async Task Stream_OfMoreThanTheServerTakes_IsRefusedBeforeTheStatementRuns()
    {
        await using MySqlCommand command = Insert(1, new Pattern(MaxAllowedPacket + 1), null);

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            $"The parameter '@b' has more than the 67108864 bytes that 127.0.0.1:{mysql.Server.Port} takes (max_allowed_packet).", refused.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused), (refused.Phase, refused.Reason));
        Assert.Equal(0, _connection.ExecuteScalar<int>("SELECT COUNT(*) FROM large"));
    }

    [Fact]
    public async Task Statement_RefusedByTheServer_ForgetsItsStreams()
    {
        await _connection.ExecuteAsync("INSERT INTO large (id) VALUES (1)");
        await using MySqlCommand command = Insert(1, new Pattern(300_000), new StringReader("x"));

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1062, MySqlFailurePhase.Answered), (refused.Number, refused.Phase));
        command.Parameters["id"].Value = 2;
        command.Parameters["b"].Value = new MemoryStream([7]);
        command.Parameters["t"].Value = new StringReader("y");
        Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, "y"), _connection.QuerySingle<(int, string)>("SELECT LENGTH(b), t FROM large WHERE id = 2"));
    }

    [Fact]
    public async Task Stream_ThatNeverComes_EndsWithTheCommandsToken()
    {
        using CancellationTokenSource cancel = new();
        await using MySqlCommand command = Insert(1, new Silent(cancel), null);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(cancel.Token));
    }

    private MySqlCommand Insert(int id, object? bytes, object? text)
    {
        MySqlCommand command = new("INSERT INTO large (id, b, t) VALUES (@id, @b, @t)", _connection);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("b", bytes);
        command.Parameters.AddWithValue("t", text);
        return command;
    }

    /// <summary>Abcdefgh over and over, in uneven pieces, and an end or a failure behind it.</summary>
    private class Pattern(int size, bool fails = false) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_position == size) return fails ? throw new InvalidDataException("the disk is on fire") : 0;

            count = Math.Min(Math.Min(count, 50_001), size - _position);
            for (int index = 0; index < count; index++) buffer[offset + index] = (byte)('a' + ((_position + index) % 8));
            _position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>A stream that waits until its token is cancelled; the command's is cancelled as soon as it is asked.</summary>
    private sealed class Silent(CancellationTokenSource cancel) : Pattern(1)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
