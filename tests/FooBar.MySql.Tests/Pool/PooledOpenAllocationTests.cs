using FooBar.MySql.Observability;

namespace FooBar.MySql.Tests.Pool;

/// <summary>Alone: whoever listens in another test makes every measurement of the process cost something.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class PooledOpenAllocationTests : IAsyncDisposable
{
    private const int Rounds = 1_000;

    private readonly CountingServer _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAndClose_OfAPooledSession_AllocateNothing(bool async)
    {
        await using MySqlDataSource source = new(_server.ConnectionString);
        await using MySqlConnection connection = source.CreateConnection();
        connection.Open();
        connection.Close();
        long reopened = Measure(() => OpenAndClose(connection, async));
        long renewed = Measure(() =>
        {
            using MySqlConnection other = source.CreateConnection();
            OpenAndClose(other, async);
        });

        long asked = Measure(() => AskForAConnection(source, async));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"open and close: {reopened} bytes; with a connection object of its own: {renewed} bytes, made and opened by the data source {asked} bytes");
        Assert.Equal(0, reopened);
        Assert.InRange(renewed, 1, 100);
        Assert.Equal(renewed, asked);
        Assert.Equal(1, _server.Accepted);
    }

    [Fact]
    public async Task Statement_ThatNobodyObserves_CostsNothingForIt()
    {
        await using MySqlDataSource source = new(_server.ConnectionString);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        InvalidOperationException failure = new();

        Assert.Equal(0, Measure(() => OperationScope.Begin(connection, connection.Session, "SELECT 'a new text'").End()));
        Assert.Equal(0, Measure(() => OperationScope.Begin(connection, connection.Session, "SELECT 'a new text'").Fail(failure)));
    }

    private static void AskForAConnection(MySqlDataSource source, bool async)
    {
        if (async)
        {
            Task opening = OpenAsync(source);
            Assert.True(opening.IsCompletedSuccessfully);
        }
        else
        {
            using MySqlConnection connection = source.OpenConnection();
        }
    }

    private static async Task OpenAsync(MySqlDataSource source)
    {
        await using MySqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None);
    }

    private static void OpenAndClose(MySqlConnection connection, bool async)
    {
        if (async)
        {
            Assert.True(connection.OpenAsync(CancellationToken.None).IsCompletedSuccessfully);
            Assert.True(connection.CloseAsync().IsCompletedSuccessfully);
        }
        else
        {
            connection.Open();
            connection.Close();
        }
    }

    /// <summary>Bytes a round, the least of some attempts: the runtime's own compilation allocates too, now and then.</summary>
    private static long Measure(Action round)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int number = 0; number < Rounds; number++) round();
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds);
        }

        return least;
    }
}
