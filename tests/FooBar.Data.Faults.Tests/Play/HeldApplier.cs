using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>
/// A member that receives and applies nothing, until it is disposed of. With classic replication its applier is stopped. A group's cannot be without
/// the member leaving it: a lock on all tables holds it there.
/// </summary>
internal sealed class HeldApplier : IAsyncDisposable
{
    private readonly MySqlCluster _cluster;
    private readonly int _member;
    private readonly MySqlConnection? _lock;

    private HeldApplier(MySqlCluster cluster, int member, MySqlConnection? tablesLock) => (_cluster, _member, _lock) = (cluster, member, tablesLock);

    public static async Task<HeldApplier> HoldAsync(MySqlCluster cluster, int member)
    {
        if (!cluster.IsGroup)
        {
            await cluster.ExecuteAsync(member, "STOP REPLICA SQL_THREAD");
            return new(cluster, member, null);
        }

        MySqlConnection connection = new(cluster.Members[member].ConnectionString);
        try
        {
            await connection.OpenAsync();
            await using MySqlCommand command = connection.CreateCommand();
            command.CommandText = "FLUSH TABLES WITH READ LOCK";
            await command.ExecuteNonQueryAsync();
            return new(cluster, member, connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lock is null)
        {
            await _cluster.ExecuteAsync(_member, "START REPLICA SQL_THREAD");
            return;
        }

        // The pool might keep the session, and with it the lock.
        await using (MySqlCommand command = _lock.CreateCommand())
        {
            command.CommandText = "UNLOCK TABLES";
            await command.ExecuteNonQueryAsync();
        }

        await _lock.DisposeAsync();
    }
}
