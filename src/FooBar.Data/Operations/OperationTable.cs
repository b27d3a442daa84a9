using System.Data.Common;
using System.Text.Json;
using Dapper;

namespace FooBar.Data;

/// <summary>
/// The table that makes a write happen once: its key goes in with the write's own transaction, so that both are there or neither is.
/// </summary>
public static class OperationTable
{
    /// <summary>
    /// The table's definition, for the adopter's schema. It lives in the application's default database; the application's account
    /// needs SELECT, INSERT, UPDATE and DELETE on it. Repeatable.
    /// </summary>
    public const string Sql = """
        CREATE TABLE IF NOT EXISTS operation (
            id BINARY(16) NOT NULL PRIMARY KEY,
            result JSON NOT NULL,
            created_at DATETIME(6) NOT NULL,
            KEY operation_created_at (created_at)
        ) ENGINE = InnoDB;
        """;

    /// <summary>
    /// The time of a key whose result is not stored yet. A committed row with it is nobody's: its transaction was refused while the key, sent behind
    /// it, was committed by itself.
    /// </summary>
    private const string Unfinished = "'9999-12-31'";

    /// <summary>
    /// Takes the key for the transaction in hand; false when it was taken before. While another transaction that holds it is open,
    /// the server makes this one wait for its end.
    /// </summary>
    internal static async Task<bool> TryClaimAsync(DbConnection connection, OperationId operation, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync(new CommandDefinition(
                $"INSERT INTO operation (id, result, created_at) VALUES (@id, 'null', {Unfinished})",
                new { id = Key(operation) }, cancellationToken: ct)).ConfigureAwait(false);
            return true;
        }
        catch (DbException failure) when (IsDuplicate(failure))
        {
            return false;
        }
    }

    /// <summary>
    /// Stores the result with the key. The time is set too, so that the row counts as changed whatever the result: when it does not,
    /// the transaction that the key was taken in is gone, and with it everything that the work believes to have written.
    /// </summary>
    internal static async Task StoreAsync(DbConnection connection, OperationId operation, string result, CancellationToken ct)
    {
        int changed = await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE operation SET result = @result, created_at = UTC_TIMESTAMP(6) WHERE id = @id",
            new { id = Key(operation), result }, cancellationToken: ct)).ConfigureAwait(false);
        if (changed != 1)
            throw new InvalidOperationException(
                $"The transaction of operation {operation} ended inside its work: the work must not commit, roll back, or go on after "
                + "an error that rolled the transaction back, such as a deadlock.");
    }

    /// <summary>
    /// Takes the key out again, in the transaction that put it in. Committed, the two prove that no earlier transaction with this key is or ever
    /// will be committed, for it would have written the same key; and nothing is left that a repetition could find.
    /// </summary>
    internal static async Task DeleteAsync(DbConnection connection, OperationId operation, CancellationToken ct) =>
        await connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM operation WHERE id = @id", new { id = Key(operation) }, cancellationToken: ct)).ConfigureAwait(false);

    /// <summary>Deletes operations older than the given age by the server's clock, so many at most; how many that were.</summary>
    internal static async Task<int> PruneAsync(DbConnection connection, TimeSpan age, int most, CancellationToken ct) =>
        await connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM operation WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL @seconds SECOND ORDER BY created_at LIMIT @most",
            new { seconds = (long)age.TotalSeconds, most }, cancellationToken: ct)).ConfigureAwait(false);

    /// <summary>Removes a key that was committed without its operation; does nothing to any other.</summary>
    internal static async Task DeleteUnfinishedAsync(DbConnection connection, OperationId operation, CancellationToken ct) =>
        await connection.ExecuteAsync(new CommandDefinition(
            $"DELETE FROM operation WHERE id = @id AND created_at = {Unfinished}", new { id = Key(operation) }, cancellationToken: ct)).ConfigureAwait(false);

    /// <summary>The stored result; empty for a key that was committed without its operation; null when there is no such key.</summary>
    internal static async Task<string?> ReadAsync(DbConnection connection, OperationId operation, CancellationToken ct) =>
        await connection.QuerySingleOrDefaultAsync<string?>(new CommandDefinition(
            $"SELECT IF(created_at = {Unfinished}, '', CAST(result AS CHAR)) FROM operation WHERE id = @id",
            new { id = Key(operation) }, cancellationToken: ct)).ConfigureAwait(false);

    internal static string Serialize<T>(T result) => JsonSerializer.Serialize(result);

    internal static T Deserialize<T>(OperationId operation, string result)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(result)!;
        }
        catch (JsonException failure)
        {
            throw new InvalidOperationException(
                $"The stored result of operation {operation} is not a {typeof(T).Name}: was its id used for another operation?", failure);
        }
    }

    /// <summary>A driver that tells no numbers has what ADO.NET has: a constraint was violated, and an INSERT of ours can violate this one alone.</summary>
    private static bool IsDuplicate(DbException failure) => ServerError.NumberOf(failure) switch
    {
        ServerError.DuplicateKey => true,
        0 => failure.SqlState == "23000",
        _ => false,
    };

    /// <summary>Big-endian, so that the keys sort by time as their texts do.</summary>
    private static byte[] Key(OperationId operation) => operation.Value.ToByteArray(bigEndian: true);
}
