using System.Data.Common;
using Dapper;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>A write that a scenario makes beside the load.</summary>
internal sealed class SideWrite
{
    /// <summary>The list that they are all in; the load's have numbers above zero.</summary>
    public const int List = -1;

    private static long s_values;

    private int _attempts;

    /// <summary>What it writes; different from all others.</summary>
    public long Value { get; } = Interlocked.Increment(ref s_values);

    /// <summary>How often its work was begun.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Ends with it.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>When it ended; null before, and when it failed.</summary>
    public long? AcknowledgedAt { get; private set; }

    public void Begin(Database database, Func<DbConnection, int, CancellationToken, Task>? work) => Done = Task.Run(async () =>
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(15), TimeProvider.System);
        await database.CreateSession().WriteAsync(
            OperationId.New(),
            async (connection, ct) =>
            {
                int attempt = Interlocked.Increment(ref _attempts);
                await connection.ExecuteAsync(new CommandDefinition(
                    $"INSERT INTO {MySqlCluster.Schema}.log_entry (log, value) VALUES (@list, @value)", new { list = List, value = Value }, cancellationToken: ct));
                if (work is not null)
                    await work(connection, attempt, ct);
            },
            deadline.Token);
        AcknowledgedAt = TimeProvider.System.GetTimestamp();
    });
}
