using System.Globalization;
using Dapper;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>What the driver takes at one moment when nothing is under way: of this process, and of the server for one account.</summary>
/// <param name="HeapBytes">Of the managed heap, after a full collection.</param>
/// <param name="WorkingSetBytes">Of this process.</param>
/// <param name="Handles">Open file descriptors of this process.</param>
/// <param name="Threads">Of this process.</param>
/// <param name="Sessions">On the server.</param>
/// <param name="PreparedStatements">On the server, of all sessions.</param>
/// <param name="ServerBytes">Of the sessions on the server.</param>
internal sealed record Footprint(
    long HeapBytes, long WorkingSetBytes, int Handles, int Threads, long Sessions, long PreparedStatements, long ServerBytes)
{
    private const string OfTheServer =
        """
        SELECT
          (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_USER = @user) AS Sessions,
          (SELECT COUNT(*) FROM performance_schema.prepared_statements_instances p
            JOIN performance_schema.threads t ON t.THREAD_ID = p.OWNER_THREAD_ID WHERE t.PROCESSLIST_USER = @user) AS Statements,
          (SELECT CAST(COALESCE(SUM(m.CURRENT_NUMBER_OF_BYTES_USED), 0) AS SIGNED) FROM performance_schema.memory_summary_by_thread_by_event_name m
            JOIN performance_schema.threads t USING (THREAD_ID) WHERE t.PROCESSLIST_USER = @user) AS Bytes
        """;

    /// <summary>Measures now.</summary>
    /// <param name="observer">A connection of another account.</param>
    /// <param name="user">Whose sessions are looked at.</param>
    public static async Task<Footprint> TakeAsync(MySqlConnection observer, string user)
    {
        (long sessions, long statements, long bytes) = await observer.QuerySingleAsync<(long, long, long)>(OfTheServer, new { user });

        // Finalizers free what only they free in a second collection.
        for (int pass = 0; pass < 2; pass++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new Footprint(
            GC.GetTotalMemory(forceFullCollection: true),
            Environment.WorkingSet,
            Directory.GetFiles("/proc/self/fd").Length,
            Directory.GetDirectories("/proc/self/task").Length,
            sessions,
            statements,
            bytes);
    }

    /// <summary>The largest of each figure.</summary>
    public static Footprint Largest(IReadOnlyCollection<Footprint> all) => new(
        all.Max(one => one.HeapBytes),
        all.Max(one => one.WorkingSetBytes),
        all.Max(one => one.Handles),
        all.Max(one => one.Threads),
        all.Max(one => one.Sessions),
        all.Max(one => one.PreparedStatements),
        all.Max(one => one.ServerBytes));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"heap {Megabytes(HeapBytes):0.0} MB, working set {Megabytes(WorkingSetBytes):0} MB, {Handles} handles, {Threads} threads; "
        + $"server: {Sessions} sessions, {PreparedStatements} prepared statements, {Megabytes(ServerBytes):0.0} MB");

    private static double Megabytes(long bytes) => bytes / (1024.0 * 1024);
}
