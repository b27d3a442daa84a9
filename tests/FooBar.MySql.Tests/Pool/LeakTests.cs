using System.Runtime.CompilerServices;
using FooBar.MySql.Tests.Observability;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Tests.Pool;

public sealed class LeakTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();
    private readonly RecordedLogs _logs = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_ThatNobodyClosed_GivesItsPlaceBack_AndALineSaysSo(bool recordsOpening)
    {
        await using MySqlDataSource source = new(_server.ConnectionString + "Maximum Pool Size=1", _time, _logs) { RecordsOpening = recordsOpening };
        long thread = OpenAndForget(source);
        Task<MySqlConnection> waiting = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        await CollectUntilAsync(() => waiting.IsCompleted && _logs.Of(2004).Count == 1);

        await using MySqlConnection served = await waiting;
        Assert.NotEqual(thread, served.ServerThread);
        Assert.Equal(1, _server.Open);
        (LogLevel level, _, string text) = Assert.Single(_logs.Lines);
        Assert.Equal(LogLevel.Warning, level);
        string said = $"Pool u@127.0.0.1:{_server.Port}/ got connection {thread} back from the garbage collector: its owner never closed it. ";
        if (recordsOpening)
        {
            Assert.StartsWith(said + "It was opened at\n", text, StringComparison.Ordinal);
            Assert.Contains("LeakTests.OpenAndForget(", text, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(said + "Set the switch FooBar.MySql.RecordOpening to learn where it was opened.", text);
        }
    }

    [Fact]
    public async Task Reader_ThatNobodyClosed_IsNoObstacle()
    {
        await using MySqlDataSource source = new(_server.ConnectionString, _time, _logs);
        OpenAReaderAndForget(source);
        await CollectUntilAsync(() => _logs.Of(2004).Count == 1);

        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Equal(0, _server.Open);
    }

    [Fact]
    public async Task ConnectionClosedButNotDisposed_IsNoLeak()
    {
        await using MySqlDataSource source = new(_server.ConnectionString, _time, _logs);
        WeakReference closed = OpenAndClose(source);
        await CollectUntilAsync(() => !closed.IsAlive);

        Assert.Equal((0, 1), source.Pool.Count);
        Assert.Empty(_logs.Lines);
    }

    // A method of its own each, so that nothing on this stack holds what was forgotten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long OpenAndForget(MySqlDataSource source) => source.OpenConnection().ServerThread;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OpenAReaderAndForget(MySqlDataSource source) =>
        Assert.True(new MySqlCommand("SELECT 1", source.OpenConnection()).ExecuteReader().Read());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference OpenAndClose(MySqlDataSource source)
    {
        MySqlConnection connection = source.OpenConnection();
        connection.Close();
        return new WeakReference(connection);
    }

    private static Task CollectUntilAsync(Func<bool> condition) => Eventually.True(() =>
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return condition();
    });
}
