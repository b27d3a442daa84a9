using System.Data.Common;

namespace FooBar.Data;

/// <summary>What every unit of work does with a connection, whatever the driver.</summary>
internal static class NodeConnection
{
    /// <summary>How long cleaning up may take before the connection is left to its pool as it is.</summary>
    public static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a connection that could not be opened says something about its node. What the caller cancelled or disposed of does not.
    /// </summary>
    public static bool IsNodeFailure(Exception openFailure, CancellationToken ct) =>
        openFailure is not ObjectDisposedException && !(openFailure is OperationCanceledException && ct.IsCancellationRequested);

    /// <summary>Runs one statement without parameters or rows.</summary>
    public static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken ct)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Runs a statement that puts the connection in order for its next user. Its failure is nobody's news: the connection is then
    /// broken, which its pool sees, or is reset by it.
    /// </summary>
    public static async Task CleanUpAsync(DbConnection connection, string sql, IDriverAdapter driver, TimeProvider time)
    {
        if (connection.State != System.Data.ConnectionState.Open)
            return;
        using CancellationTokenSource deadline = DriverDeadline.After(CleanUp, driver, time);
        await ExecuteAsync(connection, sql, deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives the connection back. Its failure must not hide the outcome of the work, above all not that of a COMMIT.</summary>
    public static ValueTask ReturnAsync(DbConnection connection)
    {
        try
        {
            // Most go back to their pool at once.
            ValueTask returning = connection.DisposeAsync();
            return returning.IsCompletedSuccessfully ? returning : EndAsync(returning);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return ValueTask.CompletedTask;
        }
    }

    private static async ValueTask EndAsync(ValueTask returning)
    {
        try
        {
            await returning.ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // A driver's close talks to the server, and may throw for a lost one; there is nobody to tell and nothing to do.
        }
    }

    /// <summary>What <see cref="Backoff"/> gives at least.</summary>
    public static readonly TimeSpan ShortestBackoff = TimeSpan.FromMilliseconds(12.5);

    /// <summary>25 ms at first, doubled by each failure up to 1 s, of which a random half is taken off so that callers spread.</summary>
    public static TimeSpan Backoff(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(1000, 25 << Math.Min(failures - 1, 6)) * (0.5 + Random.Shared.NextDouble() / 2));
}
