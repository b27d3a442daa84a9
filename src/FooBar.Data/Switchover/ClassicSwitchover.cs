using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Dapper;

namespace FooBar.Data;

/// <summary>
/// A switchover in classic replication: the old primary is made read-only, the next one applies everything that the old one has, takes writes,
/// and the others follow it. At no moment do two take writes: the old one's state is persisted, so that it stays read-only over a restart too, before the
/// next one is opened. Until then everything is taken back when a step fails. For one switchover.
/// </summary>
internal sealed class ClassicSwitchover(Database database, NodeState from, NodeState to, SwitchoverOptions options)
{
    /// <summary>What is behind the point of no return has its own time; the caller's token is not heeded there.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ReceiverLook = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RowWaitersLook = TimeSpan.FromMilliseconds(50);

    private const string Lock = "foobar_switchover";

    private const string RowWaiters = """
        SELECT DISTINCT PROCESSLIST_ID FROM performance_schema.data_lock_waits JOIN performance_schema.threads ON THREAD_ID = REQUESTING_THREAD_ID
        WHERE PROCESSLIST_ID IS NOT NULL
        """;

    private static readonly string[] CloseForEver = ["SET PERSIST read_only = ON", "SET PERSIST super_read_only = ON"];
    private static readonly string[] Open = ["SET PERSIST super_read_only = OFF", "SET PERSIST read_only = OFF"];

    private TimeProvider Time => database.Options.TimeProvider;

    public async Task<SwitchoverResult> RunAsync(CancellationToken ct)
    {
        NodeState[] others = [.. database.Topology.Nodes.Where(node => node.Node != from.Node && node.Node != to.Node)];
        NodeState[] replicas = [.. others.Where(node => node.Role == NodeRole.Replica)];
        foreach (NodeState node in (NodeState[])[from, to, .. replicas])
            PlannedSwitchover.Administration(node);
        if (from.Node != to.Node)
            RequireAccount();

        DbConnection old = await OpenAsync(from, ct).ConfigureAwait(false);
        await using (old.ConfigureAwait(false))
        {
            await TakeLockAsync(old, ct).ConfigureAwait(false);
            if (from.Node == to.Node)
            {
                await RequireNobodyElseAsync(old, others, ct).ConfigureAwait(false);
                long began = Time.GetTimestamp();
                await OpenAsync(old).ConfigureAwait(false);
                return new(from.Name, to.Name, Time.GetElapsedTime(began), []);
            }

            DbConnection next = await OpenAsync(to, ct).ConfigureAwait(false);
            await using (next.ConfigureAwait(false))
            {
                await CatchUpAsync(old, next, ct).ConfigureAwait(false);
                // Open before it is needed: who waits then may have taken the last connection.
                DbConnection beside = await OpenAsync(from, ct).ConfigureAwait(false);
                await using ConfiguredAsyncDisposable _ = beside.ConfigureAwait(false);
                TimeSpan without = await HandOverAsync(old, beside, next, ct).ConfigureAwait(false);
                // One that is down now follows the old primary when it is back: whoever asked must know of it.
                List<string> notFollowing = [.. others.Except(replicas).Select(other => $"{other.Name}: {other.Reason}")];
                await FollowAsync(from, old, isNew: true, notFollowing).ConfigureAwait(false);
                foreach (NodeState other in replicas)
                    await FollowAsync(other, connection: null, isNew: false, notFollowing).ConfigureAwait(false);
                return new(from.Name, to.Name, without, notFollowing);
            }
        }
    }

    /// <summary>Has everyone follow the primary, which a switchover that died behind its opening has left undone.</summary>
    public async Task<SwitchoverResult> FinishAsync()
    {
        PlannedSwitchover.Administration(to);
        RequireAccount();
        List<string> notFollowing = [];
        foreach (NodeState other in database.Topology.Nodes.Where(node => node.Node != to.Node))
        {
            if (other.Role == NodeRole.Replica || other is { TakesNoWrites: true, Failures: 0 })
                await FollowAsync(other, connection: null, isNew: other.TakesNoWrites, notFollowing).ConfigureAwait(false);
            else
                notFollowing.Add($"{other.Name}: {other.Reason}");
        }

        return new(to.Name, to.Name, TimeSpan.Zero, notFollowing);
    }

    private void RequireAccount()
    {
        if (options.ReplicationUser.Length == 0 || options.ReplicationPassword is null)
            throw new SwitchoverException("The replication account is not configured, and the old primary could not follow the new one. Nothing was done.");
    }

    /// <summary>
    /// Two processes that switch over at once must not each open a server of its own. The lock is the old primary's, and ends with the connection; and
    /// what that is must be what was last seen of it.
    /// </summary>
    private async Task TakeLockAsync(DbConnection old, CancellationToken ct)
    {
        if (!await IsAsync(old, $"SELECT GET_LOCK('{Lock}', 0)", ct).ConfigureAwait(false))
            throw new SwitchoverException($"Another switchover from {from.Name} is under way. Nothing was done.");
        if (await IsAsync(old, "SELECT @@global.read_only", ct).ConfigureAwait(false) != from.TakesNoWrites)
            throw new SwitchoverException($"{from.Name} is not what it was a moment ago: another switchover has just taken place. Nothing was done.");
    }

    /// <summary>The lock is still ours: as long as it is, nobody else opens a server in place of the old primary.</summary>
    private async Task RequireLockAsync(DbConnection old, CancellationToken ct)
    {
        if (!await IsAsync(old, $"SELECT IS_USED_LOCK('{Lock}') = CONNECTION_ID()", ct).ConfigureAwait(false))
            throw new SwitchoverException($"The connection to {from.Name} was lost.");
    }

    /// <summary>A server that was closed is opened again only when all others are heard, and none of them holds what it lacks.</summary>
    private async Task RequireNobodyElseAsync(DbConnection old, NodeState[] others, CancellationToken ct)
    {
        GtidSet executed = await CausalBarrier.ExecutedAsync(old, ct).ConfigureAwait(false);
        foreach (NodeState other in others)
        {
            if (other.Failures > 0 || other.ProvenAt is null)
                throw new SwitchoverException($"{from.Name} was closed by a switchover, and {other.Name}, which may have been opened by it, does not answer: {other.Reason}. Nothing was done.");
            if (!executed.Contains(other.Executed))
                throw new SwitchoverException($"{from.Name} was closed by a switchover, and {other.Name} holds what it lacks: {other.Executed.Except(executed)}. Switch over to {other.Name}. Nothing was done.");
        }
    }

    private static async Task<bool> IsAsync(DbConnection connection, string question, CancellationToken ct) =>
        Convert.ToInt64(await connection.ExecuteScalarAsync<object?>(new CommandDefinition(question, cancellationToken: ct)).ConfigureAwait(false) ?? 0L, CultureInfo.InvariantCulture) == 1;

    private async Task<TimeSpan> HandOverAsync(DbConnection old, DbConnection beside, DbConnection next, CancellationToken ct)
    {
        long closedAt = Time.GetTimestamp();
        try
        {
            await CloseAsync(old, beside, ct).ConfigureAwait(false);
            await ExecuteAsync(old, CloseForEver, ct).ConfigureAwait(false);
            await CatchUpAsync(old, next, ct).ConfigureAwait(false);
            await RequireLockAsync(old, ct).ConfigureAwait(false);
            if (!to.TakesNoWrites)
                await ExecuteAsync(next, ["STOP REPLICA", "RESET REPLICA ALL"], ct).ConfigureAwait(false);
            await RequireLockAsync(old, ct).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await TakeBackAsync(old, next, failure).ConfigureAwait(false);
            throw;
        }

        await OpenAsync(next).ConfigureAwait(false);
        return Time.GetElapsedTime(closedAt);
    }

    /// <summary>Waits for the commits that are under way, and for who holds locks on whole tables: not for longer than the transactions have to end.</summary>
    private async Task CloseAsync(DbConnection old, DbConnection beside, CancellationToken ct)
    {
        using CancellationTokenSource closed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task interrupting = InterruptRowWaitersAsync(beside, closed.Token);
        try
        {
            await ExecuteAsync(old, [Invariant($"SET SESSION lock_wait_timeout = {Math.Ceiling(options.TransactionsEnd.TotalSeconds)}"), "SET GLOBAL super_read_only = ON"], ct)
                .ConfigureAwait(false);
        }
        finally
        {
            // Not waited for: what the driver does to cancel may wait for the server.
            _ = closed.CancelAsync();
            await interrupting.WaitAsync(DriverCalls.Grace, Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// The old primary closes when every statement has ended, and lets no other begin until then. One that waits for a row whose holder has a
    /// statement to go would wait for the closing, and the closing for it, which the server does not notice: two sends of one form are enough. It is
    /// interrupted, rolled back and begun anew.
    /// </summary>
    private async Task InterruptRowWaitersAsync(DbConnection beside, CancellationToken closed)
    {
        try
        {
            while (true)
            {
                await Task.Delay(RowWaitersLook, Time, closed).ConfigureAwait(false);
                foreach (long waiter in await beside.QueryAsync<long>(new CommandDefinition(RowWaiters, cancellationToken: closed)).ConfigureAwait(false))
                    await InterruptAsync(beside, waiter, closed).ConfigureAwait(false);
            }
        }
        catch (Exception) when (closed.IsCancellationRequested)
        {
            // It is closed, or given up.
        }
        catch (Exception failure)
        {
            DataLog.RowWaitersNotInterrupted(database.Logger, from.Name, failure.Message);
        }
    }

    private async Task InterruptAsync(DbConnection beside, long waiter, CancellationToken closed)
    {
        try
        {
            await ExecuteAsync(beside, [Invariant($"KILL QUERY {waiter}")], closed).ConfigureAwait(false);
        }
        catch (DbException failure) when (!closed.IsCancellationRequested && beside.State == ConnectionState.Open)
        {
            // It has ended, or is of one who outranks us: no reason to leave the others waiting.
            DataLog.RowWaitersNotInterrupted(database.Logger, from.Name, failure.Message);
        }
    }

    private async Task OpenAsync(DbConnection next)
    {
        using CancellationTokenSource step = DriverDeadline.After(StepTimeout, database.Options.Driver, Time);
        try
        {
            await ExecuteAsync(next, Open, step.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw new SwitchoverException(
                $"{to.Name} holds everything and was not heard to take writes: {failure.Message} No other server takes any. Look at {to.Name}, and switch over to it again.", failure);
        }
    }

    /// <summary>Opens the old primary again; the next one has not taken a write.</summary>
    private async Task TakeBackAsync(DbConnection old, DbConnection next, Exception failure)
    {
        using CancellationTokenSource step = DriverDeadline.After(StepTimeout, database.Options.Driver, Time);
        try
        {
            // Without the lock another switchover may have opened another server by now.
            await RequireLockAsync(old, step.Token).ConfigureAwait(false);
            await ExecuteAsync(old, Open, step.Token).ConfigureAwait(false);
        }
        catch (Exception second)
        {
            throw new SwitchoverException(
                $"The switchover to {to.Name} failed ({failure.Message}) and {from.Name} could not be opened again ({second.Message}): most likely no server takes writes. "
                + $"When {from.Name} answers, switch over to it or to another one.", failure);
        }

        List<string> notFollowing = [];
        await FollowAsync(to, next, isNew: true, notFollowing, source: from).ConfigureAwait(false);
        string left = notFollowing.Count == 0 ? "" : $" {to.Name} no longer follows: {notFollowing[0]}.";
        throw new SwitchoverException($"The switchover to {to.Name} was taken back: {failure.Message} {from.Name} is the primary as before.{left}", failure);
    }

    private async Task CatchUpAsync(DbConnection old, DbConnection next, CancellationToken ct)
    {
        GtidSet executed = await CausalBarrier.ExecutedAsync(old, ct).ConfigureAwait(false);
        if (!await CausalBarrier.WaitAsync(next, executed, options.CatchUp, database.Options.Driver, Time, ct).ConfigureAwait(false))
            throw new SwitchoverException($"{to.Name} did not catch up with {from.Name} within {options.CatchUp.TotalSeconds:0.#} s.");
    }

    /// <summary>Has a server replicate from the new primary. Its failure does not undo what is done.</summary>
    private async Task FollowAsync(NodeState node, DbConnection? connection, bool isNew, List<string> notFollowing, NodeState? source = null)
    {
        using CancellationTokenSource step = DriverDeadline.After(StepTimeout, database.Options.Driver, Time);
        try
        {
            DbConnection open = connection ?? await OpenAsync(node, step.Token).ConfigureAwait(false);
            try
            {
                NodeAdministration address = (source ?? to).Node.Configuration.Administration!;
                // The password is a literal: the statement takes no parameters. In this mode a quote is the only character that means anything.
                await ExecuteAsync(
                    open,
                    [
                        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", "STOP REPLICA",
                        Invariant($"CHANGE REPLICATION SOURCE TO SOURCE_HOST = {Quote(address.Host)}, SOURCE_PORT = {address.Port}") + (isNew ? Account() : ""),
                        "START REPLICA",
                    ],
                    step.Token).ConfigureAwait(false);
                await RequireReceivingAsync(node, (source ?? to).Name, step.Token).ConfigureAwait(false);
            }
            finally
            {
                if (connection is null)
                    await NodeConnection.ReturnAsync(open).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            notFollowing.Add($"{node.Name}: {failure.Message}");
        }
    }

    /// <summary>START REPLICA succeeds before anybody has logged in: with a wrong password, say, nothing ever comes.</summary>
    private async Task RequireReceivingAsync(NodeState replica, string source, CancellationToken ct)
    {
        string? error = null;
        try
        {
            DbConnection connection = await replica.Node.Configuration.Monitor.OpenConnectionAsync(ct).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                while (true)
                {
                    (string? state, error) = await connection.QuerySingleOrDefaultAsync<(string?, string?)>(new CommandDefinition(
                        "SELECT SERVICE_STATE, LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''", cancellationToken: ct)).ConfigureAwait(false);
                    if (state == "ON")
                        return;
                    await Task.Delay(ReceiverLook, Time, ct).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException silent)
        {
            throw new SwitchoverException($"it receives nothing from {source} yet{(string.IsNullOrEmpty(error) ? "" : $": {error}")}", silent);
        }
    }

    /// <summary>
    /// What a server needs to follow for the first time. It asks for a source that is gone each second, for ever: by default it would wait a minute
    /// when its source is restarted, and give up after ten.
    /// </summary>
    private string Account() => Invariant(
        $", SOURCE_USER = {Quote(options.ReplicationUser)}, SOURCE_PASSWORD = {Quote(options.ReplicationPassword?.Invoke() ?? "")}, SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0")
        + (options.CertificateAuthorityPath is { } path ? $", SOURCE_SSL_CA = {Quote(path)}, SOURCE_SSL_VERIFY_SERVER_CERT = 1" : "");

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task<DbConnection> OpenAsync(NodeState node, CancellationToken ct) =>
        await PlannedSwitchover.Administration(node).OpenConnectionAsync(ct).ConfigureAwait(false);

    private static async Task ExecuteAsync(DbConnection connection, string[] statements, CancellationToken ct)
    {
        foreach (string statement in statements)
            await connection.ExecuteAsync(new CommandDefinition(statement, cancellationToken: ct)).ConfigureAwait(false);
    }
}
