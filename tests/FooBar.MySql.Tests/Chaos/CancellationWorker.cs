using System.Data;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// Leases connections one after the other and runs numbered statements on them, most of which are cancelled at a random moment. Behind each
/// the same connection must answer the next statement with that one's number, or be broken and say so.
/// </summary>
/// <param name="source">Shared by all workers.</param>
/// <param name="record">Shared by all workers.</param>
/// <param name="random">Chooses statements and moments.</param>
/// <param name="async">Whether it waits asynchronously; a worker that blocks has no tokens.</param>
/// <param name="cancels">Whether it cancels; one that does not is there to be hit by mistake.</param>
internal sealed class CancellationWorker(MySqlDataSource source, CancellationRecord record, Random random, bool async, bool cancels)
{
    public async Task RunAsync()
    {
        try
        {
            while (!record.IsComplete) await RunLeaseAsync();
        }
        catch
        {
            record.Fail();
            throw;
        }
    }

    private async Task RunLeaseAsync()
    {
        if (random.Next(40) == 0) source.Retire();
        MySqlConnection connection = source.CreateConnection();
        await using Closing closing = new(async, connection);
        if (!await OpenAsync(connection)) return;

        for (int left = random.Next(1, 8); left > 0 && connection.State == ConnectionState.Open; left--)
        {
            await ((cancels ? random.Next(7) : 0) switch
            {
                0 => RunUndisturbedAsync(connection, mayWrite: true),
                1 => RunTransactionAsync(connection),
                2 => RunCancelledBatchAsync(connection, isInTransaction: false),
                _ => RunCancelledAsync(connection, isInTransaction: false),
            });
        }
    }

    private async Task<bool> OpenAsync(MySqlConnection connection)
    {
        if (!async)
        {
            connection.Open();
            return true;
        }

        if (!cancels || random.Next(4) > 0)
        {
            await connection.OpenAsync();
            return true;
        }

        using Trigger trigger = new(Way.Token, static () => { }, TimeSpan.FromMilliseconds(random.Next(4)), random.Next(10_000), afterRows: null);
        try
        {
            await connection.OpenAsync(trigger.Token);
            record.Add("opening", Outcome.Finished, TimeSpan.Zero);
            return true;
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(ConnectionState.Closed, connection.State);
            record.Add("opening", Outcome.NotSent, trigger.Elapsed);
            return false;
        }
    }

    private async Task RunUndisturbedAsync(MySqlConnection connection, bool mayWrite)
    {
        int number = record.NextNumber();
        IReadOnlyList<NumberedStatement> choice = mayWrite ? NumberedStatement.Undisturbed : NumberedStatement.ReadOnly;
        NumberedStatement statement = choice[random.Next(choice.Count)];
        await using MySqlCommand command = statement.CreateCommand(connection, number, seconds: 0.01, isPrepared: random.Next(2) == 0);
        Attempt? attempt = statement.Writes ? record.Begin(number) : null;
        await statement.ReadAsync(command, number, trigger: null, async);
        attempt?.Committed(null);
        record.AddUndisturbed();
    }

    /// <summary>A statement cancelled in a transaction takes back itself, not the transaction; a COMMIT that is cancelled may have been one.</summary>
    private async Task RunTransactionAsync(MySqlConnection connection)
    {
        MySqlTransaction transaction = async ? await connection.BeginTransactionAsync() : connection.BeginTransaction();
        await using Closing closing = new(async, transaction);
        int number = record.NextNumber();
        Attempt attempt = record.Begin(number);
        await using (MySqlCommand insert = NumberedStatement.Insert.CreateCommand(connection, number, seconds: 0, isPrepared: true))
        {
            await NumberedStatement.Insert.ReadAsync(insert, number, trigger: null, async);
        }

        Attempt? inner = await (random.Next(3) == 0 ? RunCancelledBatchAsync(connection, isInTransaction: true) : RunCancelledAsync(connection, isInTransaction: true));
        if (connection.State != ConnectionState.Open) inner?.NotCommitted();
        else if (random.Next(3) > 0) await CommitAsync(transaction, attempt, inner);
        else inner?.NotCommitted();
    }

    private async Task CommitAsync(MySqlTransaction transaction, Attempt attempt, Attempt? inner)
    {
        using Trigger trigger = new(Way.Token, static () => { }, TimeSpan.FromMilliseconds(random.Next(3)), random.Next(10_000), afterRows: null);
        MySqlConnection connection = transaction.Connection!;
        try
        {
            if (async) await transaction.CommitAsync(trigger.Token);
            else transaction.Commit();
            attempt.Committed(null);
            if (async) record.Add("COMMIT", Outcome.Finished, TimeSpan.Zero);
        }
        catch (OperationCanceledException cancelled)
        {
            MySqlFailurePhase phase = cancelled is MySqlCanceledException { Phase: var told } ? told : MySqlFailurePhase.NotSent;
            record.Add("COMMIT", OutcomeOf(phase, connection), trigger.Elapsed);
            attempt.Failed(phase);
            inner?.Failed(phase);
        }
    }

    /// <returns>The row that the statement writes, unless it is the statement's own claim that it is not there.</returns>
    private async Task<Attempt?> RunCancelledAsync(MySqlConnection connection, bool isInTransaction)
    {
        NumberedStatement statement = NumberedStatement.All[random.Next(NumberedStatement.All.Count)];
        string name = statement.Name + (isInTransaction ? " in a transaction" : string.Empty);
        int number = record.NextNumber();
        long thread = connection.ServerThread;
        Way way = random.Next(20) == 0 && statement.CanTakeSeconds ? Way.CommandTimeout : async && random.Next(3) > 0 ? Way.Token : Way.CancelMethod;
        double seconds = way == Way.CommandTimeout ? 0.95 + (random.NextDouble() * 0.1) : random.NextDouble() * 0.06;
        int? afterRows = random.Next(4) == 0 && !statement.IsEndless ? random.Next(1, 20) : null;
        TimeSpan delay = TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(2) : random.Next(60));
        await using MySqlCommand command = statement.CreateCommand(connection, number, seconds, isPrepared: random.Next(2) == 0);
        if (way == Way.CommandTimeout) command.CommandTimeout = 1;
        Attempt? attempt = statement.Writes ? record.Begin(number) : null;
        using Trigger trigger = new(way, command.Cancel, delay, random.Next(10_000), afterRows);
        try
        {
            if (statement.Writes && random.Next(2) == 0) await statement.ExecuteAsync(command, trigger, async);
            else await statement.ReadAsync(command, number, trigger, async);
            Assert.False(statement.IsEndless);
            attempt?.Committed(null);
            record.Add(name, Outcome.Finished, TimeSpan.Zero);
        }
        catch (InterruptedException interrupted)
        {
            record.Add(name, OutcomeOf(interrupted.Phase, connection), interrupted.Elapsed);
            bool isOpen = statement.WritesInSteps && interrupted.Phase != MySqlFailurePhase.NotSent;
            attempt?.Failed(isOpen ? MySqlFailurePhase.SentUnanswered : interrupted.Phase);
        }

        await CheckNextAsync(connection, thread, isInTransaction);
        return attempt;
    }

    /// <summary>Some statements in one batch. Those that only read go together, and so do all in a transaction, whose rows come all or none.</summary>
    private async Task<Attempt?> RunCancelledBatchAsync(MySqlConnection connection, bool isInTransaction)
    {
        long thread = connection.ServerThread;
        int written = record.NextNumber();
        (NumberedStatement Statement, int Number)[] commands =
        [
            .. from _ in Enumerable.Range(0, random.Next(2, 8))
               let statement = isInTransaction && random.Next(3) == 0 ? NumberedStatement.Insert : NumberedStatement.ReadOnly[random.Next(NumberedStatement.ReadOnly.Count)]
               select (statement, statement.Writes ? written : record.NextNumber()),
        ];
        int rows = commands.Count(command => command.Statement.Writes);
        Attempt? attempt = rows > 0 ? record.Begin(written, rows) : null;
        NumberedBatch numbered = new(commands);
        await using MySqlBatch batch = numbered.CreateBatch(connection, isPrepared: random.Next(2) == 0);
        int? afterRows = random.Next(3) == 0 ? random.Next(1, 30) : null;
        using Trigger trigger = new(async ? Way.Token : Way.CancelMethod, batch.Cancel, TimeSpan.FromMilliseconds(random.Next(60)), random.Next(10_000), afterRows);
        string name = isInTransaction ? "batch in a transaction" : "batch";
        try
        {
            await numbered.ReadAsync(batch, trigger, async);
            attempt?.Committed(null);
            record.Add(name, Outcome.Finished, TimeSpan.Zero);
        }
        catch (InterruptedException interrupted)
        {
            record.Add(name, OutcomeOf(interrupted.Phase, connection), interrupted.Elapsed);

            // What the server has confirmed to have stopped is one command; whether the batch was undone, its rows tell together.
            attempt?.Failed(interrupted.Phase == MySqlFailurePhase.NotSent ? MySqlFailurePhase.NotSent : MySqlFailurePhase.SentUnanswered);
        }

        await CheckNextAsync(connection, thread, isInTransaction);
        return attempt;
    }

    private async Task CheckNextAsync(MySqlConnection connection, long thread, bool isInTransaction)
    {
        if (connection.State == ConnectionState.Open)
        {
            Assert.Equal(thread, connection.ServerThread);
            await RunUndisturbedAsync(connection, mayWrite: !isInTransaction);
        }
        else
        {
            MySqlException lost = await Assert.ThrowsAsync<MySqlException>(() => RunUndisturbedAsync(connection, mayWrite: false));
            Assert.Equal((ConnectionState.Broken, MySqlFailurePhase.NotSent, MySqlFailureReason.ConnectionLost), (connection.State, lost.Phase, lost.Reason));
        }
    }

    private static Outcome OutcomeOf(MySqlFailurePhase phase, MySqlConnection connection) => phase switch
    {
        _ when connection.State == ConnectionState.Broken => Outcome.CutOff,
        MySqlFailurePhase.NotSent => Outcome.NotSent,
        MySqlFailurePhase.Answered => Outcome.Stopped,
        _ => Outcome.Discarded,
    };
}
