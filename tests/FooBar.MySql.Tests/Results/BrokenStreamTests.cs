using System.Data;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Results;

/// <summary>A large row that does not come as it should: the server is silent, gone, or lies about lengths.</summary>
public sealed class BrokenStreamTests
{
    private const int Announced = 1_000_000;

    private static readonly byte[] Head = [.. FakeServer.Frame(1, [1]), .. FakeServer.Frame(2, FakeServer.Column("a", 252, 63))];

    private static readonly byte[] TwoColumns =
    [
        .. FakeServer.Frame(1, [2]), .. FakeServer.Frame(2, FakeServer.Column("a", 252, 63)), .. FakeServer.Frame(3, FakeServer.Column("b", 252, 63)),
    ];

    /// <summary>A row of one value, of which there are the first 1,000 bytes.</summary>
    private static readonly byte[] Begun = [.. FakeServer.Frame(3, [0xFD, .. Three(Announced), .. new byte[Announced]])[..1_008]];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_FromASilentServer_TimesOutAndBreaksTheConnection(bool byStream)
    {
        await using FakeServer server = SayingThenSilent(Begun);
        FakeTime time = new();
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0", time);
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlDataReader reader = await ReadRowAsync(connection);
        await using Stream stream = reader.GetStream(0);
        await stream.ReadExactlyAsync(new byte[1_000], TestContext.Current.CancellationToken);

        Task late = byStream
            ? stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask()
            : reader.ReadAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(5));

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => late);
        Assert.Equal(
            $"127.0.0.1:{server.Port} did not answer in time: the command timeout has run out after 5.0 s (5.0 s were left for this call).", failure.Message);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, MySqlFailureReason.TimedOut), (failure.Phase, failure.Reason));
        Assert.Equal(ConnectionState.Broken, connection.State);
        Exception again = await Assert.ThrowsAnyAsync<Exception>(async () => await stream.ReadExactlyAsync(new byte[10], TestContext.Current.CancellationToken));
        if (byStream) Assert.Equal($"The connection to 127.0.0.1:{server.Port} was lost earlier; close it and open another.", again.Message);
        else Assert.IsType<ObjectDisposedException>(again);
    }

    [Fact]
    public async Task Stream_Cancelled_ThrowsCancelled()
    {
        await using FakeServer server = SayingThenSilent(Begun);
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0");
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlDataReader reader = await ReadRowAsync(connection);
        await using Stream stream = reader.GetStream(0);
        await stream.ReadExactlyAsync(new byte[1_000], TestContext.Current.CancellationToken);
        using CancellationTokenSource cancel = new();

        ValueTask<int> pending = stream.ReadAsync(new byte[10], cancel.Token);
        await cancel.CancelAsync();

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Reader_ClosedInTheMiddleOfASilentRow_GivesUpAfterThreeSeconds()
    {
        await using FakeServer server = SayingThenSilent(Begun);
        FakeTime time = new();
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0", time);
        await using MySqlConnection connection = source.OpenConnection();
        MySqlDataReader reader = await ReadRowAsync(connection);
        reader.GetStream(0);

        Task closing = reader.CloseAsync();
        time.Advance(TimeSpan.FromSeconds(3));
        await closing;
        Assert.Equal(ConnectionState.Broken, connection.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_OfALostConnection_SaysSo(bool async)
    {
        await using FakeServer server = Saying([.. Head, .. Begun]);
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0");
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlDataReader reader = await ReadRowAsync(connection);
        await using Stream stream = reader.GetStream(0);
        byte[] buffer = new byte[1_000];
        await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        MySqlException lost = async
            ? await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken))
            : Assert.Throws<MySqlException>(() => stream.ReadExactly(buffer));
        Assert.Matches($"^The connection to 127.0.0.1:{server.Port} was lost after [0-9.]+ s: the server closed the connection$", lost.Message);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, MySqlFailureReason.ConnectionLost, true), (lost.Phase, lost.Reason, lost.IsTransient));
    }

    [Fact]
    public async Task Value_AnnouncedAndNotSent_IsNotAllocated()
    {
        byte[] row = FakeServer.Frame(4, [0, 0xFE, .. BitConverter.GetBytes(1L << 30), .. new byte[400_000]]);
        await using FakeServer server = Saying([.. TwoColumns, .. row[..300_000]]);
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0");
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlDataReader reader = await ReadRowAsync(connection);

        Assert.False(reader.IsDBNull(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        MySqlException lost = Assert.Throws<MySqlException>(() => reader.GetValue(1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        Assert.Contains("was lost after", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "a row ends inside its columns")]
    [InlineData(1, "a row begins with something else than 0")]
    [InlineData(2, "0xFF does not begin a length-encoded integer")]
    [InlineData(3, "a value in 'b' has 72340172838076673 bytes")]
    [InlineData(4, "packet number 9 came where 4 was due")]
    public async Task Row_ThatLies_IsAProtocolViolation(int lie, string message)
    {
        bool isBinary = lie == 1;
        byte[] content = lie switch
        {
            0 => [0, 0xFD, .. Three(500_000), .. new byte[400_000]],
            1 => [1, .. new byte[400_000]],
            2 => [0, 0xFF, .. new byte[400_000]],
            3 => [0, 0xFE, 1, 1, 1, 1, 1, 1, 1, 1, .. new byte[400_000]],
            _ => [0, 0xFD, .. Three(400_000), .. new byte[400_000]],
        };
        byte[] row = FakeServer.Frame(lie == 4 ? 9 : 4, content);
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            if (isBinary)
            {
                await client.SendAsync([.. FakeServer.Frame(1, [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), .. FakeServer.Frame(2, FakeServer.Column("p", 253))]);
                await client.ReceiveAsync();
            }

            await client.SendAsync([.. TwoColumns, .. row]);
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=0");
        await using MySqlConnection connection = source.OpenConnection();

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            await using MySqlDataReader reader = await ReadRowAsync(connection, isBinary ? "SELECT @one" : "SELECT 1");
            await reader.GetFieldValueAsync<byte[]>(1, TestContext.Current.CancellationToken);
        });
        Assert.Equal($"127.0.0.1:{server.Port} broke the protocol: {message}.", failure.Message);
        Assert.Equal(MySqlFailureReason.ProtocolViolation, failure.Reason);
        Assert.Equal(ConnectionState.Broken, connection.State);
    }

    private static byte[] Three(int number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16)];

    private static FakeServer Saying(byte[] answer) => new(async client =>
    {
        await client.LogInAsync();
        await client.ReceiveAsync();
        await client.SendAsync(answer);
    });

    private static FakeServer SayingThenSilent(byte[] row) => new(async client =>
    {
        await client.LogInAsync();
        await client.ReceiveAsync();
        await client.SendAsync([.. Head, .. row]);
        await client.ReceiveAsync();
    });

    private static async Task<MySqlDataReader> ReadRowAsync(MySqlConnection connection, string sql = "SELECT 1")
    {
        MySqlCommand command = new(sql, connection) { CommandTimeout = 5 };
        command.Parameters.AddWithValue("one", 1);
        MySqlDataReader reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        return reader;
    }
}
