using Dapper;
using FooBar.Data;

namespace FooBar.Web.Posts;

/// <summary>
/// The notices in the database, as one request sees them: never older than what this visitor wrote before, on whichever instance.
/// Not thread-safe; one per request.
/// </summary>
internal sealed class PostStore(DatabaseSession session, TimeProvider time)
{
    // The front page shows the beginnings of twenty notices, so it reads no more than those: a body may have 10,000 characters.
    private const string SummaryColumns = "id, title, author, LEFT(body, @sourceLength) AS body, created_at AS createdAt";

    /// <summary>The newest page, or, with <paramref name="before"/>, the newest page of what is older than that notice.</summary>
    public Task<PostPage> OlderAsync(long? before, CancellationToken cancel) => session.ReadAsync(
        async (connection, token) =>
        {
            IReadOnlyList<PostSummary> rows = await SummariesAsync(
                connection,
                before is null
                    ? $"SELECT {SummaryColumns} FROM post ORDER BY id DESC LIMIT @count"
                    : $"SELECT {SummaryColumns} FROM post WHERE id < @edge ORDER BY id DESC LIMIT @count",
                before ?? 0,
                token).ConfigureAwait(false);
            bool newerExist = before is not null && await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                "SELECT EXISTS (SELECT 1 FROM post WHERE id >= @before)", new { before }, cancellationToken: token)).ConfigureAwait(false);
            return PostPage.TowardsOlder(rows, newerExist);
        },
        ct: cancel);

    /// <summary>The page that follows a notice towards newer ones.</summary>
    public Task<PostPage> NewerAsync(long after, CancellationToken cancel) => session.ReadAsync(
        async (connection, token) =>
        {
            IReadOnlyList<PostSummary> rows = await SummariesAsync(
                connection, $"SELECT {SummaryColumns} FROM post WHERE id > @edge ORDER BY id LIMIT @count", after, token).ConfigureAwait(false);
            bool olderExist = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                "SELECT EXISTS (SELECT 1 FROM post WHERE id <= @after)", new { after }, cancellationToken: token)).ConfigureAwait(false);
            return PostPage.TowardsNewer(rows, olderExist);
        },
        ct: cancel);

    /// <summary>Null when there is no such notice.</summary>
    public Task<Post?> FindAsync(long id, CancellationToken cancel) => session.ReadAsync(
        async (connection, token) =>
        {
            PostRow? row = await connection.QuerySingleOrDefaultAsync<PostRow>(new CommandDefinition(
                "SELECT id, title, author, body, created_at AS createdAt FROM post WHERE id = @id",
                new { id },
                cancellationToken: token)).ConfigureAwait(false);
            return row is null ? null : new Post(row.Id, row.Title, row.Author, row.Body, AsUtc(row.CreatedAt));
        },
        ct: cancel);

    /// <summary>
    /// Puts a notice on the board and returns its number. Safe to repeat: the same operation always means the same notice, whatever
    /// became of the first answer.
    /// </summary>
    public Task<long> AddAsync(OperationId operation, PostDraft draft, CancellationToken cancel) => session.WriteAsync(
        operation,
        async (connection, token) =>
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "INSERT INTO post (title, author, body, created_at) VALUES (@Title, @Author, @Body, @createdAt)",
                new { draft.Title, draft.Author, draft.Body, createdAt = time.GetUtcNow().UtcDateTime },
                cancellationToken: token)).ConfigureAwait(false);
            return await connection.ExecuteScalarAsync<long>(
                new CommandDefinition("SELECT LAST_INSERT_ID()", cancellationToken: token)).ConfigureAwait(false);
        },
        cancel);

    private static async Task<IReadOnlyList<PostSummary>> SummariesAsync(
        System.Data.Common.DbConnection connection, string sql, long edge, CancellationToken cancel)
    {
        IEnumerable<PostRow> rows = await connection.QueryAsync<PostRow>(new CommandDefinition(
            sql,
            new { edge, sourceLength = Excerpt.SourceLength, count = PostPage.Size + 1 },
            cancellationToken: cancel)).ConfigureAwait(false);
        return [.. rows.Select(row => new PostSummary(row.Id, row.Title, row.Author, Excerpt.Of(row.Body), AsUtc(row.CreatedAt)))];
    }

    // DATETIME has no zone: the column holds UTC by the schema's word, whatever kind the driver gives it.
    private static DateTimeOffset AsUtc(DateTime value) => new(DateTime.SpecifyKind(value, DateTimeKind.Utc));

    private sealed record PostRow(long Id, string Title, string Author, string Body, DateTime CreatedAt);
}
