using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Dapper;

namespace FooBar.Data;

/// <summary>Waits on a node until it holds given transactions.</summary>
internal static class CausalBarrier
{
    /// <summary>How much longer than the server's own time-out the client waits for the answer that it has passed.</summary>
    public static readonly TimeSpan AnswerGrace = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether the node behind the connection holds the transactions within the time. Runs outside any transaction.</summary>
    /// <exception cref="UnansweredWaitException">The server did not even say that the time has passed; the connection may be broken.</exception>
    public static async Task<bool> WaitAsync(
        DbConnection connection, GtidSet required, TimeSpan within, IDriverAdapter driver, TimeProvider time, CancellationToken ct)
    {
        using CancellationTokenSource deadline = DriverDeadline.After(within + AnswerGrace, driver, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            object? timedOut = await connection.ExecuteScalarAsync(new CommandDefinition(
                "SELECT WAIT_FOR_EXECUTED_GTID_SET(@required, @seconds)",
                new { required = required.ToString(), seconds = within.TotalSeconds }, cancellationToken: linked.Token)).ConfigureAwait(false);
            return Convert.ToInt64(timedOut, CultureInfo.InvariantCulture) == 0;
        }
        catch (Exception failure) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new UnansweredWaitException(within, failure);
        }
    }

    /// <summary>Counts and traces a wait that an operation has had on a node.</summary>
    /// <param name="database">Whose operation it is.</param>
    /// <param name="activity">The operation's trace; null when nobody listens.</param>
    /// <param name="node">Where it waited.</param>
    /// <param name="outcome">A word of <see cref="DataMetrics.Words"/>.</param>
    /// <param name="since">The timestamp of its beginning.</param>
    public static void Ended(Database database, Activity? activity, Node node, string outcome, long since)
    {
        TimeSpan waited = database.Options.TimeProvider.GetElapsedTime(since);
        database.Metrics.CausalWait(outcome, waited);
        DataTracing.CausalWait(activity, outcome, node, waited);
    }

    /// <summary>What the node has executed, now.</summary>
    public static async Task<GtidSet> ExecutedAsync(DbConnection connection, CancellationToken ct) =>
        GtidSet.Parse(await connection.ExecuteScalarAsync<string>(
            new CommandDefinition("SELECT @@global.gtid_executed", cancellationToken: ct)).ConfigureAwait(false) ?? "");
}

/// <summary>A node did not answer the wait for a causal token, not even that it was in vain: it is busy, or its connection is broken.</summary>
internal sealed class UnansweredWaitException(TimeSpan within, Exception ended)
    : TimeoutException($"The node did not answer a wait of {within.TotalMilliseconds:0} ms for a causal token.", ended);
