using System.Data.Common;
using Dapper;

namespace FooBar.Web.StartUp;

/// <summary>
/// The lock under which one instance at a time prepares the database. It belongs to the connection: when that is lost, the server lets
/// go of the lock, and nothing more can be done on that connection either.
/// </summary>
internal sealed class StartUpLock : IAsyncDisposable
{
    private const int WaitSeconds = 5;

    private readonly DbConnection _connection;
    private readonly string _name;

    private StartUpLock(DbConnection connection, string name)
    {
        _connection = connection;
        _name = name;
    }

    /// <summary>
    /// Waits until the lock is free, for as long as the token allows. The connection is open, and on the primary: only that server knows
    /// of the lock. The name of the database is part of the lock's, because that is server-wide.
    /// </summary>
    public static async Task<StartUpLock> TakeAsync(DbConnection connection, string database, CancellationToken cancel)
    {
        string name = $"foobar-web start-up {database}";
        while (true)
        {
            // In short turns, so that a shutdown is noticed without having to kill the statement and no command time-out is near.
            int? taken = await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
                "SELECT GET_LOCK(@name, @seconds)", new { name, seconds = WaitSeconds }, cancellationToken: cancel)).ConfigureAwait(false);
            switch (taken)
            {
                case 1:
                    return new StartUpLock(connection, name);
                case 0:
                    cancel.ThrowIfCancellationRequested();
                    continue;
                default:
                    throw new InvalidOperationException($"MySQL could not take the lock '{name}' (GET_LOCK answered NULL).");
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _connection.ExecuteAsync("DO RELEASE_LOCK(@name)", new { name = _name }).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The connection is gone, and the lock with it: there is nothing left to release.
        }
    }
}
