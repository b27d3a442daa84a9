using FooBar.Testing;

namespace FooBar.MySql.Tests.Pool;

/// <summary>Everything that a pool can be asked for, at once and in an order that the seed chooses.</summary>
public sealed class PoolStressTests
{
    private const int Maximum = 6;
    private const int Users = 24;

    [Fact]
    public async Task Pool_OfManyHastyUsers_LosesNeitherPlacesNorWaiters()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"FOOBAR_TEST_SEED={Catalogue.Seed}");
        await using CountingServer server = new();

        // A session that a call was cancelled on is closed at once: its place is what this is about.
        MySqlDataSource source = new(server.ConnectionString + $"Maximum Pool Size={Maximum};Minimum Pool Size=2;Cancellation Timeout=0");
        int turns = Catalogue.Times(plain: 40, thorough: 2_000);
        int[] answers = await Task.WhenAll(Enumerable.Range(0, Users).Select(user => Task.Run(() => UseAsync(source, Catalogue.Seed + user, turns))));

        Assert.True(answers.Sum() > turns, $"{answers.Sum()} answers");
        Assert.InRange(server.Most, 1, Maximum);
        await Eventually.True(() => source.Pool.Figures is { Used: 0, Opening: 0, Waiting: 0, Idle: >= 2 and <= Maximum });
        await Eventually.True(() => source.Pool.Figures.Opening == 0 && server.Open == source.Pool.Count.Idle);

        // All over again, and the source is disposed in the middle of it.
        Task<int>[] users = [.. Enumerable.Range(0, Users).Select(user => Task.Run(() => UseAsync(source, Catalogue.Seed - user, turns)))];
        int accepted = server.Accepted;
        await Eventually.True(() => server.Accepted > accepted + 20 || users.All(user => user.IsCompleted));
        await source.DisposeAsync();
        await Task.WhenAll(users);
        Assert.InRange(server.Most, 1, Maximum);
        await Eventually.True(() => source.Pool.Figures is { Used: 0, Opening: 0, Waiting: 0, Idle: 0 } && server.Open == 0);
    }

    /// <returns>How many statements were answered.</returns>
    private static async Task<int> UseAsync(MySqlDataSource source, int seed, int turns)
    {
        Random random = new(seed);
        int answers = 0;
        for (int turn = 0; turn < turns; turn++)
        {
            using CancellationTokenSource cancellation = new();
            try
            {
                switch (random.Next(12))
                {
                    case 0:
                        source.Retire();
                        break;
                    case 1 or 2:
                        // In line, or while it opens, or too late.
                        Task<MySqlConnection> opening = source.OpenConnectionAsync(cancellation.Token).AsTask();
                        if (random.Next(2) == 0) await Task.Yield();
                        await cancellation.CancelAsync();
                        await (await opening).DisposeAsync();
                        break;
                    case 3:
                        await using (MySqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None))
                        {
                            Task<int> sleeping = MinimumTests.RunUntilAsync(connection, "SLEEP", cancellation.Token);
                            if (random.Next(2) == 0) await Task.Yield();
                            await cancellation.CancelAsync();
                            await sleeping;
                        }

                        break;
                    case 4:
                        await using (MySqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None))
                        {
                            await MinimumTests.RunAsync(connection, random.Next(2) == 0 ? "BREAK" : "NONSENSE");
                        }

                        break;
                    case 5:
                        using (MySqlConnection connection = source.OpenConnection())
                        using (MySqlCommand command = new($"SELECT {turn}", connection))
                        using (MySqlDataReader reader = command.ExecuteReader())
                        {
                            // Left unread: the close reads it.
                            if (random.Next(2) == 0) connection.Close();
                        }

                        break;
                    default:
                        await using (MySqlConnection connection = random.Next(4) == 0
                            ? source.OpenConnection()
                            : await source.OpenConnectionAsync(CancellationToken.None))
                        {
                            Assert.Equal(turn, await MinimumTests.RunAsync(connection, $"SELECT {turn}"));
                            Assert.InRange(source.Pool.Count.Busy, 1, Maximum);
                            answers++;
                        }

                        break;
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // As it should be.
            }
            catch (MySqlException failure) when (failure.Reason is MySqlFailureReason.ConnectionLost or MySqlFailureReason.ProtocolViolation)
            {
                // The server did what it was asked for.
            }
            catch (ObjectDisposedException disposed) when (disposed.ObjectName == nameof(MySqlDataSource) || disposed.ObjectName == typeof(MySqlDataSource).FullName)
            {
                return answers;
            }
        }

        return answers;
    }
}
