using System.Data.Common;
using Dapper;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>What every contestant does once it has a connection.</summary>
internal static class Statements
{
    public static async Task<Notice> ReadKeyAsync(DbConnection connection, long id, CancellationToken ct) =>
        await connection.QuerySingleAsync<Notice>(new CommandDefinition(Board.SelectKey, new { Id = id }, cancellationToken: ct));

    public static async Task<List<Notice>> ReadBoardAsync(DbConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync<Notice>(new CommandDefinition(Board.SelectBoard, new { Board = Board.SmallBoard }, cancellationToken: ct))).AsList();

    public static async Task InsertAsync(DbConnection connection, Notice notice, CancellationToken ct) =>
        Board.Require(await connection.ExecuteAsync(new CommandDefinition(Board.InsertWritten, notice, cancellationToken: ct)) == 1);
}
