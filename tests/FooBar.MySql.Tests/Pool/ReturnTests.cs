using FooBar.Testing;

namespace FooBar.MySql.Tests.Pool;

/// <summary>What may come back into the pool, and what may not.</summary>
public sealed class ReturnTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("SELECT 1", true)]
    [InlineData("FAIL", true)]
    [InlineData("NONSENSE", false)]
    [InlineData("BREAK", false)]
    public async Task Session_IsPooledUnlessTheConversationBroke(string sql, bool isPooled)
    {
        await using MySqlDataSource source = new(_server.ConnectionString, _time);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        try
        {
            await MinimumTests.RunAsync(connection, sql);
        }
        catch (MySqlException)
        {
            Assert.NotEqual("SELECT 1", sql);
        }

        await connection.CloseAsync();
        Assert.Equal((0, isPooled ? 1 : 0), source.Pool.Count);
        Assert.Equal(isPooled ? 1 : 0, _server.Open);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ResultThatNeverEnds_IsReadForThreeSeconds_AndNotPooled(bool closesReader)
    {
        await using MySqlDataSource source = new(_server.ConnectionString, _time);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("HALF", connection);
        MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Task closing = closesReader ? reader.CloseAsync() : connection.CloseAsync();
        _time.Advance(MySqlConnection.CleanupTimeout - TimeSpan.FromMilliseconds(100));
        Assert.False(closing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await closing;
        await connection.CloseAsync();

        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Equal(0, _server.Open);
    }

    [Fact]
    public async Task Command_WhileAReaderIsOpen_SaysSo_AndTheReaderGoesOn()
    {
        await using MySqlDataSource source = new(_server.ConnectionString, _time);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("SELECT 7", connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        InvalidOperationException inTheWay = await Assert.ThrowsAsync<InvalidOperationException>(() => MinimumTests.RunAsync(connection, "SELECT 8"));

        Assert.Equal("A reader is open on this connection; close it first.", inTheWay.Message);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("7", reader.GetString(0));
    }

    [Fact]
    public async Task Everything_DisposedInTheWrongOrder_IsPooledOnce()
    {
        MySqlDataSource source = new(_server.ConnectionString, _time);
        MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        MySqlCommand command = new("SELECT 7", connection);
        MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await connection.DisposeAsync();
        Assert.Equal((0, 1), source.Pool.Count);
        await command.DisposeAsync();
        await reader.DisposeAsync();
        await connection.DisposeAsync();
        Assert.Equal((0, 1), source.Pool.Count);
        await source.DisposeAsync();
        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Equal(0, _server.Open);
    }
}
