using System.Data.Common;
using System.Text;
using Dapper;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Seeding;

/// <summary>Puts the example notices on a new board, once in the life of the database.</summary>
internal sealed partial class PostSeeder(IOptions<SiteOptions> options, TimeProvider time, ILogger<PostSeeder> logger)
{
    private const string RunName = "posts";

    // 4 parameters a row; far below the protocol's 65,535 and small enough to keep a packet under 100 kB.
    private const int RowsPerInsert = 50;

    /// <summary>
    /// Does nothing if it was done before, or if no notices are asked for. Safe to repeat: all or nothing is stored. The connection is on
    /// the primary, and the caller holds the start-up lock on it.
    /// </summary>
    public async Task SeedAsync(DbConnection connection, CancellationToken cancel)
    {
        int count = options.Value.SeedPosts;
        if (count == 0 || await IsDoneAsync(connection, cancel).ConfigureAwait(false))
            return;

        long started = time.GetTimestamp();
        DateTime now = time.GetUtcNow().UtcDateTime;
        IReadOnlyList<GeneratedPost> posts = PostGenerator.Generate(count);

        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        foreach (GeneratedPost[] batch in posts.Chunk(RowsPerInsert))
            await InsertAsync(connection, transaction, batch, now, cancel).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO seed_run (name, row_count, created_at) VALUES (@name, @count, @now)",
            new { name = RunName, count, now },
            transaction,
            cancellationToken: cancel)).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        LogSeeded(count, time.GetElapsedTime(started).TotalMilliseconds);
    }

    private static async Task<bool> IsDoneAsync(DbConnection connection, CancellationToken cancel) =>
        await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT COUNT(*) FROM seed_run WHERE name = @name", new { name = RunName }, cancellationToken: cancel)).ConfigureAwait(false) > 0;

    private static Task<int> InsertAsync(
        DbConnection connection, DbTransaction transaction, GeneratedPost[] batch, DateTime now, CancellationToken cancel)
    {
        StringBuilder sql = new("INSERT INTO post (title, author, body, created_at) VALUES ");
        DynamicParameters parameters = new();
        for (int i = 0; i < batch.Length; i++)
        {
            sql.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}(@t{i}, @a{i}, @b{i}, @c{i})");
            parameters.Add($"t{i}", batch[i].Draft.Title);
            parameters.Add($"a{i}", batch[i].Draft.Author);
            parameters.Add($"b{i}", batch[i].Draft.Body);
            parameters.Add($"c{i}", now - batch[i].Age);
        }

        return connection.ExecuteAsync(new CommandDefinition(sql.ToString(), parameters, transaction, cancellationToken: cancel));
    }

    [LoggerMessage(5020, LogLevel.Information, "Seed: {Count} example notices written in {Milliseconds:0} ms")]
    private partial void LogSeeded(int count, double milliseconds);
}
