using System.Data.Common;
using Dapper;
using FooBar.MySql;

namespace FooBar.Web.Schema;

/// <summary>
/// Brings a database to the schema of this build. Every script is applied once, in order, and recorded with its checksum in
/// <c>schema_version</c>. A script that was changed after it was applied is refused before anything runs. Scripts that a newer build
/// applied are left alone: the schema only ever expands under a build that still runs.
/// </summary>
internal sealed partial class SchemaMigrator(IReadOnlyList<SchemaScript> scripts, TimeProvider time, ILogger<SchemaMigrator> logger)
{
    private const string VersionTable =
        """
        CREATE TABLE IF NOT EXISTS schema_version (
          name VARCHAR(100) NOT NULL PRIMARY KEY,
          checksum CHAR(64) NOT NULL,
          applied_at DATETIME(6) NOT NULL
        ) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_0900_ai_ci
        """;

    /// <summary>
    /// Applies what is missing and returns how many scripts that was. Safe to repeat. The connection is the schema account's, on the
    /// primary, and the caller holds the start-up lock on it.
    /// </summary>
    /// <exception cref="SchemaException">A script is not the one that was applied under its name.</exception>
    public async Task<int> ApplyAsync(DbConnection connection, CancellationToken cancel)
    {
        await connection.ExecuteAsync(new CommandDefinition(VersionTable, cancellationToken: cancel)).ConfigureAwait(false);
        IEnumerable<AppliedScript> rows = await connection.QueryAsync<AppliedScript>(
            new CommandDefinition("SELECT name, checksum FROM schema_version", cancellationToken: cancel)).ConfigureAwait(false);
        Dictionary<string, string> applied = rows.ToDictionary(row => row.Name, row => row.Checksum, StringComparer.Ordinal);

        IReadOnlyList<SchemaScript> missing = Missing(scripts, applied);
        foreach (SchemaScript script in missing)
        {
            long started = time.GetTimestamp();
            await RunAsync(connection, script, cancel).ConfigureAwait(false);
            await connection.ExecuteAsync(new CommandDefinition(
                "INSERT INTO schema_version (name, checksum, applied_at) VALUES (@Name, @Checksum, @now)",
                new { script.Name, script.Checksum, now = time.GetUtcNow().UtcDateTime },
                cancellationToken: cancel)).ConfigureAwait(false);
            LogApplied(script.Name, time.GetElapsedTime(started).TotalMilliseconds);
        }

        LogUpToDate(scripts.Count, missing.Count);
        return missing.Count;
    }

    /// <summary>
    /// A script may run twice, when the process died between it and its record. A key cannot be added IF NOT EXISTS; that it is there already is
    /// the same news.
    /// </summary>
    private static async Task RunAsync(DbConnection connection, SchemaScript script, CancellationToken cancel)
    {
        const int duplicateKeyName = 1061;
        try
        {
            await connection.ExecuteAsync(new CommandDefinition(script.Sql, cancellationToken: cancel)).ConfigureAwait(false);
        }
        catch (MySqlException failure) when (failure.Number == duplicateKeyName)
        {
        }
    }

    /// <summary>The scripts still to apply, in order, given the checksums recorded by name.</summary>
    /// <exception cref="SchemaException">A recorded checksum is not that of the script, or a script would come behind a later one.</exception>
    internal static IReadOnlyList<SchemaScript> Missing(IReadOnlyList<SchemaScript> scripts, IReadOnlyDictionary<string, string> applied)
    {
        List<SchemaScript> missing = [];
        foreach (SchemaScript script in scripts)
        {
            if (!applied.TryGetValue(script.Name, out string? checksum))
            {
                missing.Add(script);
            }
            else if (checksum != script.Checksum)
            {
                throw new SchemaException(
                    $"{script.Name} was changed after it was applied: the database has {checksum}, this build has {script.Checksum}. " +
                    "Restore the file; what the schema needs now goes into a file of its own.");
            }
            else if (missing.Count > 0)
            {
                throw new SchemaException(
                    $"{missing[0].Name} is not applied but {script.Name}, which comes behind it, is. " +
                    "Give the new file a number behind every file that was ever released.");
            }
        }

        return missing;
    }

    [LoggerMessage(5010, LogLevel.Information, "Schema: applied {Script} in {Milliseconds:0} ms")]
    private partial void LogApplied(string script, double milliseconds);

    [LoggerMessage(5011, LogLevel.Information, "Schema: {Scripts} scripts, {Applied} of them applied now")]
    private partial void LogUpToDate(int scripts, int applied);

    private sealed record AppliedScript(string Name, string Checksum);
}
