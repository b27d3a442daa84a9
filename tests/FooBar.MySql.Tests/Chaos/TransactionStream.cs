using System.Collections.Concurrent;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// Writers that run one transaction after the other and note what the driver says of each, until their server is gone. Every kind of
/// transaction: committed by itself or by COMMIT, as text or prepared, blocking or not, small or so large that it takes many sends, and some
/// that the server refuses.
/// </summary>
internal sealed class TransactionStream(MySqlDataSource source, int seed)
{
    private const int Writers = 8;
    private const int Late = 4;
    private const string Insert = "INSERT INTO kill_rows (number, part, filler) VALUES ";

    private readonly ConcurrentQueue<Attempt> _attempts = [];
    private int _number;
    private int _round;
    private volatile bool _isDying;

    /// <summary>Everything that was tried so far.</summary>
    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    /// <summary>
    /// Runs the writers, kills the server once so many transactions are committed, and returns when all writers have noticed; then some
    /// more begin, on connections that were alive when they were opened.
    /// </summary>
    public async Task RunAsync(int commits, Func<Task> kill)
    {
        MySqlConnection[] late = await Task.WhenAll(Enumerable.Range(0, Late).Select(_ => source.OpenConnectionAsync().AsTask()));
        _isDying = false;
        _round++;
        int left = commits;
        TaskCompletionSource isDue = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(Start)];
        Task writing = Task.WhenAll(writers);
        await Task.WhenAny(isDue.Task, writing);
        _isDying = true;
        await kill();
        await writing;
        for (int index = 0; index < Late; index++) await TryTooLateAsync(late[index], async: index % 2 == 0);

        Task Start(int writer)
        {
            bool async = writer % 2 == 0;
            Random random = new(HashCode.Combine(seed, _round, writer));
            return async ? WriteAsync() : OwnThread.RunAsync(WriteAsync);

            async Task WriteAsync()
            {
                while (await TryAsync(random, async))
                {
                    if (Interlocked.Decrement(ref left) == 0) isDue.SetResult();
                }
            }
        }
    }

    /// <summary>One transaction; false when the server is gone.</summary>
    private async Task<bool> TryAsync(Random random, bool async)
    {
        try
        {
            MySqlConnection connection = source.CreateConnection();
            await using Closing closing = new(async, connection);
            if (async) await connection.OpenAsync();
            else connection.Open();

            int rows = random.Next(1, 4);
            Attempt attempt = new(Interlocked.Increment(ref _number), rows);
            _attempts.Enqueue(attempt);
            Transaction transaction = new(connection, attempt, new string('x', random.Next(10) == 0 ? 300_000 : random.Next(2_000)), async);
            await (random.Next(5) switch
            {
                0 => transaction.CommitsItselfAsync(isPrepared: false),
                1 => transaction.CommitsItselfAsync(isPrepared: true),
                2 => transaction.IsRefusedAsync(),
                3 => transaction.IsCommittedAsync(byText: true),
                _ => transaction.IsCommittedAsync(byText: false),
            });
            return true;
        }
        catch (MySqlException gone) when (_isDying && gone.Reason == MySqlFailureReason.ConnectionLost)
        {
            return false;
        }
    }

    /// <summary>The first bytes still go to a server that is gone; the last ones, of a statement of many, do not.</summary>
    private async Task TryTooLateAsync(MySqlConnection connection, bool async)
    {
        await using (connection)
        {
            Attempt attempt = new(Interlocked.Increment(ref _number), rows: 3);
            _attempts.Enqueue(attempt);
            Transaction transaction = new(connection, attempt, new string('x', 3_000_000), async);
            MySqlException gone = await Assert.ThrowsAsync<MySqlException>(() => transaction.CommitsItselfAsync(isPrepared: false));
            Assert.Equal(MySqlFailureReason.ConnectionLost, gone.Reason);
        }
    }

    private sealed class Transaction(MySqlConnection connection, Attempt attempt, string filler, bool async)
    {
        public Task CommitsItselfAsync(bool isPrepared) =>
            DecideAsync(() => isPrepared ? ExecuteAsync(Insert + Values("@number", "@filler"), filler) : ExecuteAsync(Insert + Values($"{attempt.Number}", $"'{filler}'"), null));

        /// <summary>The last row breaks the table's rule, and the rows before it go with it.</summary>
        public async Task IsRefusedAsync()
        {
            try
            {
                await DecideAsync(() => ExecuteAsync($"{Insert}{Values("@number", "@filler")}, (@number, -1, '')", filler));
                Assert.Fail("A row that breaks the rule was taken.");
            }
            catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
            {
                Assert.Equal(3819, refused.Number);
            }
        }

        public async Task IsCommittedAsync(bool byText)
        {
            MySqlTransaction transaction = async ? await connection.BeginTransactionAsync() : connection.BeginTransaction();
            await using Closing closing = new(async, transaction);
            for (int part = 0; part < attempt.Rows; part++) await ExecuteAsync($"{Insert}(@number, {part}, @filler)", filler);
            await DecideAsync(() => byText ? ExecuteAsync("COMMIT", null) : CommitAsync(transaction));
        }

        private string Values(string number, string text) =>
            string.Join(", ", Enumerable.Range(0, attempt.Rows).Select(part => $"({number}, {part}, {text})"));

        /// <summary>Runs the statement after which the transaction is committed.</summary>
        private async Task DecideAsync(Func<Task> last)
        {
            try
            {
                await last();
                attempt.Committed(connection.LastCommitGtids);
            }
            catch (MySqlException failed)
            {
                attempt.Failed(failed.Phase);
                throw;
            }
        }

        private async Task CommitAsync(MySqlTransaction transaction)
        {
            if (async) await transaction.CommitAsync();
            else transaction.Commit();
        }

        private async Task ExecuteAsync(string sql, string? text)
        {
            await using MySqlCommand command = new(sql, connection);
            command.Parameters.AddWithValue("number", attempt.Number);
            command.Parameters.AddWithValue("filler", text);
            if (async) await command.ExecuteNonQueryAsync();
            else command.ExecuteNonQuery();
        }
    }
}
