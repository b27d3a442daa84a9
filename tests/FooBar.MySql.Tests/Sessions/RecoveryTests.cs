using System.Data;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Sessions;

/// <summary>What the driver does behind a statement that was interrupted has no time of its own: two seconds are for all of it.</summary>
public sealed class RecoveryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recovery_FromAnInterruption_EndsWithinTheCancellationTimeout(bool killIsAnswered)
    {
        TaskCompletionSource statementCame = New();
        TaskCompletionSource killerCame = New();
        TaskCompletionSource killerMayGoOn = New();
        TaskCompletionSource killCame = New();
        TaskCompletionSource release = New();
        TaskCompletionSource nextCame = New();
        TaskCompletionSource end = New();
        int connections = 0;
        await using FakeServer server = new(async client =>
        {
            if (Interlocked.Increment(ref connections) > 1)
            {
                killerCame.SetResult();
                await killerMayGoOn.Task;
                await client.LogInAsync();
                await client.ReceiveAsync();
                killCame.SetResult();
                if (killIsAnswered) await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            }
            else
            {
                await client.LogInAsync();
                await client.ReceiveAsync();
                statementCame.SetResult();
                await release.Task;
                await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
                await client.ReceiveAsync();
                nextCame.SetResult();
            }

            await end.Task;
        })
        { ServesAllAtOnce = true };
        FakeTime time = new();
        await using MySqlDataSource source = new(server.ConnectionString, time);
        await using MySqlConnection connection = source.OpenConnection();
        using CancellationTokenSource soon = new();
        Task<int> running = new MySqlCommand("DO 1", connection).ExecuteNonQueryAsync(soon.Token);
        await statementCame.Task;
        await soon.CancelAsync();
        await killerCame.Task;
        time.Advance(TimeSpan.FromSeconds(1.9));
        killerMayGoOn.SetResult();
        await killCame.Task;
        int timers = time.PendingTimers;
        release.SetResult();
        if (killIsAnswered) await nextCame.Task;
        else while (time.PendingTimers == timers) await Task.Yield(); // until the driver waits for the KILL
        time.Advance(TimeSpan.FromSeconds(0.1));

        // The statement was done, and its connection is of no more use.
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken));
        end.SetResult();
        Assert.True(running.IsCompletedSuccessfully);
        Assert.Equal(ConnectionState.Broken, connection.State);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
