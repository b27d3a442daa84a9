using System.Data.Common;
using Dapper;
using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks.Driver;

/// <summary>
/// The work itself: a loop each, in which a turn takes a connection from the pool, uses it and gives it back, as a request of a site does.
/// The loop and the turn are one method, so that what is measured has no call of ours around it that allocates.
/// </summary>
internal static class Turns
{
    /// <summary>Bytes that an array takes beside its elements.</summary>
    private const int ArrayHeader = 24;

    /// <summary>The loop of a workload.</summary>
    public static Func<DbDataSource, Lap, Task> Of(DriverWorkload workload) => (workload.Operation, workload.IsThroughReader) switch
    {
        (DriverWorkload.Read12, false) => static (source, lap) => DapperReadAsync(source, lap, Board.SmallBoard, Board.SmallCount),
        (DriverWorkload.Read12, true) => static (source, lap) => ReadAsync(source, lap, Board.SmallBoard, Board.SmallCount),
        (DriverWorkload.Read1000, false) => static (source, lap) => DapperReadAsync(source, lap, Board.LargeBoard, Board.LargeCount),
        (DriverWorkload.Read1000, true) => static (source, lap) => ReadAsync(source, lap, Board.LargeBoard, Board.LargeCount),
        (DriverWorkload.ReadKey, false) => DapperReadKeyAsync,
        (DriverWorkload.ReadKey, true) => ReadKeyAsync,
        (DriverWorkload.Insert, false) => DapperInsertAsync,
        (DriverWorkload.Insert, true) => InsertAsync,
        (DriverWorkload.Blob, false) => DapperBlobAsync,
        (DriverWorkload.Blob, true) => BlobAsync,
        (DriverWorkload.Open, _) => OpenAsync,
        _ => throw new BenchmarkException($"nobody has said how to do '{workload.Operation}'."),
    };

    /// <summary>What the rows of one turn take in memory, made without a driver; null where a turn reads none.</summary>
    public static long? RowBytes(DriverWorkload workload) => workload.Operation switch
    {
        DriverWorkload.Read12 => Board.Notices(Board.SmallBoard).Sum(notice => notice.Size()),
        DriverWorkload.Read1000 => Board.Notices(Board.LargeBoard).Sum(notice => notice.Size()),
        DriverWorkload.ReadKey => (long)Board.Notices(Board.LargeBoard).Average(notice => notice.Size()),
        DriverWorkload.Blob => Board.BlobLength + ArrayHeader,
        _ => null,
    };

    /// <summary>Reads what is there by the two ways of reading; a driver that reads something else has no place in a comparison.</summary>
    public static async Task CheckAsync(DbDataSource source)
    {
        await using DbConnection connection = await source.OpenConnectionAsync();
        foreach (int board in (int[])[Board.SmallBoard, Board.LargeBoard])
        {
            Board.Require((await connection.QueryAsync<Notice>(Board.SelectBoard, new { Board = board })).OrderBy(notice => notice.Id).SequenceEqual(Board.Notices(board)));
            Board.Require((await ReadBoardAsync(connection, board)).OrderBy(notice => notice.Id).SequenceEqual(Board.Notices(board)));
        }

        byte[] blob = await connection.QuerySingleAsync<byte[]>(Board.SelectBlob, new { Id = Board.BlobId });
        Board.Require(blob.AsSpan().SequenceEqual(Board.Blob()));
    }

    private static async Task DapperReadAsync(DbDataSource source, Lap lap, int board, int count)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            List<Notice> notices = (await connection.QueryAsync<Notice>(Board.SelectBoard, new { Board = board })).AsList();
            Board.Require(notices.Count == count);
        }
    }

    private static async Task DapperReadKeyAsync(DbDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            long id = Board.KeyOf(lap.Turns);
            await using DbConnection connection = await source.OpenConnectionAsync();
            Notice notice = await connection.QuerySingleAsync<Notice>(Board.SelectKey, new { Id = id });
            Board.Require(notice.Id == id);
        }
    }

    private static async Task DapperInsertAsync(DbDataSource source, Lap lap)
    {
        Notice notice = Notice.Numbered(7);
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            await using DbTransaction transaction = await connection.BeginTransactionAsync();
            Board.Require(await connection.ExecuteAsync(Board.InsertWritten, notice, transaction) == 1);
            await transaction.CommitAsync();
        }
    }

    private static async Task DapperBlobAsync(DbDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            byte[] blob = await connection.QuerySingleAsync<byte[]>(Board.SelectBlob, new { Id = Board.BlobId });
            Board.Require(blob.Length == Board.BlobLength);
        }
    }

    private static async Task OpenAsync(DbDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
        }
    }

    private static async Task ReadAsync(DbDataSource source, Lap lap, int board, int count)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            await using DbCommand command = Command(connection, Board.SelectBoard, ("@Board", board));
            await using DbDataReader reader = await command.ExecuteReaderAsync();
            List<Notice> notices = [];
            while (await reader.ReadAsync()) notices.Add(Current(reader));
            Board.Require(notices.Count == count);
        }
    }

    private static async Task ReadKeyAsync(DbDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            long id = Board.KeyOf(lap.Turns);
            await using DbConnection connection = await source.OpenConnectionAsync();
            await using DbCommand command = Command(connection, Board.SelectKey, ("@Id", id));
            await using DbDataReader reader = await command.ExecuteReaderAsync();
            Board.Require(await reader.ReadAsync());
            Board.Require(Current(reader).Id == id);
            Board.Require(!await reader.ReadAsync());
        }
    }

    private static async Task InsertAsync(DbDataSource source, Lap lap)
    {
        Notice notice = Notice.Numbered(7);
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            await using DbTransaction transaction = await connection.BeginTransactionAsync();
            await using DbCommand command = Command(
                connection, Board.InsertWritten, ("@Title", notice.Title), ("@Author", notice.Author), ("@Body", notice.Body), ("@Created", notice.Created));
            command.Transaction = transaction;
            Board.Require(await command.ExecuteNonQueryAsync() == 1);
            await transaction.CommitAsync();
        }
    }

    private static async Task BlobAsync(DbDataSource source, Lap lap)
    {
        while (lap.Next())
        {
            await using DbConnection connection = await source.OpenConnectionAsync();
            await using DbCommand command = Command(connection, Board.SelectBlob, ("@Id", Board.BlobId));
            await using DbDataReader reader = await command.ExecuteReaderAsync();
            Board.Require(await reader.ReadAsync());
            Board.Require(reader.GetFieldValue<byte[]>(0).Length == Board.BlobLength);
        }
    }

    private static async Task<List<Notice>> ReadBoardAsync(DbConnection connection, int board)
    {
        await using DbCommand command = Command(connection, Board.SelectBoard, ("@Board", board));
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        List<Notice> notices = [];
        while (await reader.ReadAsync()) notices.Add(Current(reader));
        return notices;
    }

    private static DbCommand Command(DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static Notice Current(DbDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        Title = reader.GetString(1),
        Author = reader.GetString(2),
        Body = reader.GetString(3),
        Created = reader.GetDateTime(4),
    };
}
