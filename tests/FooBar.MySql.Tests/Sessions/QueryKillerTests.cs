using System.Data;

namespace FooBar.MySql.Tests.Sessions;

public sealed class QueryKillerTests
{
    /// <summary>A session that is being reset belongs to nobody for a moment, and a server then refuses to kill what it runs.</summary>
    [Theory]
    [InlineData(1094, "Unknown thread id: 7")]
    [InlineData(1095, "You are not owner of thread 7")]
    public async Task Kill_ThatIsRefused_IsSentAgain(int number, string message)
    {
        TaskCompletionSource statementCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> kills = [];
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            bool isKiller = ++connections > 1;
            await client.LogInAsync();
            if (isKiller)
            {
                kills.Add(Text(await client.ReceiveAsync()));
                await client.SendAsync(FakeServer.Frame(1, FakeServer.Error(number, message)));
                kills.Add(Text(await client.ReceiveAsync()));
                await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
                killed.SetResult();
                await client.ReceiveAsync();
                return;
            }

            await client.ReceiveAsync();
            statementCame.SetResult();
            await killed.Task;
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Error(1317, "Query execution was interrupted")));
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
        })
        { ServesAllAtOnce = true };

        (MySqlFailurePhase Phase, ConnectionState State) outcome = await CancelAsync(server, statementCame.Task);

        Assert.Equal((MySqlFailurePhase.Answered, ConnectionState.Open), outcome);
        Assert.Equal(2, kills.Count);
        Assert.All(kills, kill => Assert.EndsWith("KILL QUERY 7", kill, StringComparison.Ordinal));
    }

    /// <summary>Behind a failover another server has the address, and the number there is another's session.</summary>
    [Fact]
    public async Task Kill_IsSentToNoOtherServer()
    {
        TaskCompletionSource statementCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> others = [];
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            bool isOther = Interlocked.Increment(ref connections) > 1;
            await client.LogInAsync(FakeServer.Greeting(), isOther ? "00000000-0000-0000-0000-000000000002" : "00000000-0000-0000-0000-000000000001");
            if (isOther)
            {
                while (await client.ReceiveAsync() is { Length: > 1 } query) others.Add(Text(query));
                return;
            }

            await client.ReceiveAsync();
            statementCame.SetResult();
            await client.ReceiveAsync();
        })
        { ServesAllAtOnce = true };

        (MySqlFailurePhase Phase, ConnectionState State) outcome = await CancelAsync(server, statementCame.Task);

        Assert.Equal((MySqlFailurePhase.SentUnanswered, ConnectionState.Broken), outcome);
        Assert.Equal(2, connections);
        Assert.Empty(others);
    }

    /// <summary>Cancels a statement once it has come to the server: what the caller is told, and the state of the connection.</summary>
    private static async Task<(MySqlFailurePhase Phase, ConnectionState State)> CancelAsync(FakeServer server, Task statementCame)
    {
        await using MySqlDataSource source = new(server.ConnectionString + "Cancellation Timeout=60;");
        await using MySqlConnection connection = source.OpenConnection();
        using CancellationTokenSource soon = new();
        Task<int> running = new MySqlCommand("DO 1", connection).ExecuteNonQueryAsync(soon.Token);
        await statementCame;
        await soon.CancelAsync();
        MySqlCanceledException cancelled = await Assert.ThrowsAsync<MySqlCanceledException>(() => running);
        return (cancelled.Phase, connection.State);
    }

    private static string Text(byte[] query) => System.Text.Encoding.UTF8.GetString(query);
}
