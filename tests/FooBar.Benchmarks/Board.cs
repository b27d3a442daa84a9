using System.Globalization;
using System.Text;
using FooBar.MySql;

namespace FooBar.Benchmarks;

/// <summary>
/// What is in the database: notices on two boards, one with 12 and one with 1,000 of them, a megabyte, and a table to write to. The boards are
/// read by one statement.
/// </summary>
internal static class Board
{
    public const int SmallBoard = 1;
    public const int LargeBoard = 2;
    public const int SmallCount = 12;
    public const int LargeCount = 1_000;
    public const int BlobId = 1;
    public const int BlobLength = 1 << 20;

    public const string SelectBoard = "SELECT id, title, author, body, created FROM notice WHERE board = @Board";
    public const string SelectKey = "SELECT id, title, author, body, created FROM notice WHERE id = @Id";
    public const string SelectBlob = "SELECT data FROM picture WHERE id = @Id";
    public const string InsertWritten = "INSERT INTO written (title, author, body, created) VALUES (@Title, @Author, @Body, @Created)";

    private const string Columns = "title VARCHAR(120) NOT NULL, author VARCHAR(60) NOT NULL, body TEXT NOT NULL, created DATETIME(6) NOT NULL";

    /// <summary>The rows of a board, in the order of their ids.</summary>
    public static IEnumerable<Notice> Notices(int board) =>
        Enumerable.Range(board == SmallBoard ? 1 : 1 + SmallCount, board == SmallBoard ? SmallCount : LargeCount).Select(id => Notice.Numbered(id));

    /// <summary>Walks over the ids of the large board, so that no turn reads the row of the one before.</summary>
    public static long KeyOf(long turn) => 1 + SmallCount + (turn * 37 % LargeCount);

    /// <summary>The megabyte.</summary>
    public static byte[] Blob()
    {
        byte[] blob = new byte[BlobLength];
        for (int index = 0; index < BlobLength; index++) blob[index] = (byte)(index * 31 % 251);
        return blob;
    }

    /// <summary>Makes and fills the tables.</summary>
    public static async Task FillAsync(MySqlDataSource server, CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = await server.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, $"CREATE TABLE notice (id BIGINT PRIMARY KEY, board INT NOT NULL, {Columns}, KEY (board))", cancellationToken);
        await RunAsync(connection, $"CREATE TABLE written (id BIGINT PRIMARY KEY AUTO_INCREMENT, {Columns})", cancellationToken);
        await RunAsync(connection, "CREATE TABLE picture (id INT PRIMARY KEY, data LONGBLOB NOT NULL)", cancellationToken);
        foreach (int board in (int[])[SmallBoard, LargeBoard])
        {
            StringBuilder values = new();
            foreach (Notice notice in Notices(board))
            {
                // Written as literals, so that what the drivers read was not put there by one of their parameters.
                values.Append(CultureInfo.InvariantCulture, $"{(values.Length == 0 ? "" : ",")}({notice.Id},{board},'{notice.Title}','{notice.Author}','{notice.Body}','{notice.Created:yyyy-MM-dd HH:mm:ss}')");
            }

            await RunAsync(connection, $"INSERT INTO notice (id, board, title, author, body, created) VALUES {values}", cancellationToken);
        }

        await RunAsync(connection, $"INSERT INTO picture VALUES ({BlobId}, x'{Convert.ToHexString(Blob())}')", cancellationToken);
        await RunAsync(connection, "ANALYZE TABLE notice", cancellationToken);
    }

    /// <summary>Empties the table that is written to, so that no contestant finds it larger than the others did.</summary>
    public static async Task EmptyWrittenAsync(MySqlDataSource server, CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = await server.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, "TRUNCATE written", cancellationToken);
    }

    /// <summary>Ends a benchmark whose contestant did not read or write what it should have.</summary>
    public static void Require(bool isRight)
    {
        if (!isRight) throw new BenchmarkException("it did not read what is in the database.");
    }

    private static async Task RunAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using MySqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
