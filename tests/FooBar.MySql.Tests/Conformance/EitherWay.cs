using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>
/// The calls that ADO.NET has twice, chosen by a flag. A synchronous one that throws gives a failed task too, so that one test asserts both.
/// </summary>
[SuppressMessage("Performance", "CA1849", Justification = "The synchronous call is what is tested.")]
internal static class EitherWay
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task OpenAsync(this DbConnection connection, bool async)
    {
        if (async) await connection.OpenAsync(Token);
        else connection.Open();
    }

    public static async Task CloseAsync(this DbConnection connection, bool async)
    {
        if (async) await connection.CloseAsync();
        else connection.Close();
    }

    public static async Task ChangeDatabaseAsync(this DbConnection connection, string name, bool async)
    {
        if (async) await connection.ChangeDatabaseAsync(name, Token);
        else connection.ChangeDatabase(name);
    }

    public static async Task<DbTransaction> BeginAsync(this DbConnection connection, bool async, IsolationLevel level = IsolationLevel.Unspecified) =>
        async ? await connection.BeginTransactionAsync(level, Token) : connection.BeginTransaction(level);

    public static async Task<DataTable> SchemaAsync(this DbConnection connection, bool async, string name, params string?[] restrictions) =>
        async ? await connection.GetSchemaAsync(name, restrictions, Token) : connection.GetSchema(name, restrictions);

    public static async Task CommitAsync(this DbTransaction transaction, bool async)
    {
        if (async) await transaction.CommitAsync(Token);
        else transaction.Commit();
    }

    public static async Task RollbackAsync(this DbTransaction transaction, bool async)
    {
        if (async) await transaction.RollbackAsync(Token);
        else transaction.Rollback();
    }

    public static async Task SaveAsync(this DbTransaction transaction, string name, bool async)
    {
        if (async) await transaction.SaveAsync(name, Token);
        else transaction.Save(name);
    }

    public static async Task RollbackAsync(this DbTransaction transaction, string name, bool async)
    {
        if (async) await transaction.RollbackAsync(name, Token);
        else transaction.Rollback(name);
    }

    public static async Task ReleaseAsync(this DbTransaction transaction, string name, bool async)
    {
        if (async) await transaction.ReleaseAsync(name, Token);
        else transaction.Release(name);
    }

    public static async Task<DbDataReader> ReaderAsync(this DbCommand command, bool async, CommandBehavior behavior = CommandBehavior.Default) =>
        async ? await command.ExecuteReaderAsync(behavior, Token) : command.ExecuteReader(behavior);

    public static async Task<object?> ScalarAsync(this DbCommand command, bool async) =>
        async ? await command.ExecuteScalarAsync(Token) : command.ExecuteScalar();

    public static async Task<int> NonQueryAsync(this DbCommand command, bool async) =>
        async ? await command.ExecuteNonQueryAsync(Token) : command.ExecuteNonQuery();

    public static async Task PrepareAsync(this DbCommand command, bool async)
    {
        if (async) await command.PrepareAsync(Token);
        else command.Prepare();
    }

    public static async Task<bool> ReadAsync(this DbDataReader reader, bool async) => async ? await reader.ReadAsync(Token) : reader.Read();

    public static async Task<bool> NextResultAsync(this DbDataReader reader, bool async) =>
        async ? await reader.NextResultAsync(Token) : reader.NextResult();

    public static async Task<T> FieldAsync<T>(this DbDataReader reader, int ordinal, bool async) =>
        async ? await reader.GetFieldValueAsync<T>(ordinal, Token) : reader.GetFieldValue<T>(ordinal);

    public static async Task<bool> IsNullAsync(this DbDataReader reader, int ordinal, bool async) =>
        async ? await reader.IsDBNullAsync(ordinal, Token) : reader.IsDBNull(ordinal);

    public static async Task<DataTable?> SchemaTableAsync(this DbDataReader reader, bool async) =>
        async ? await reader.GetSchemaTableAsync(Token) : reader.GetSchemaTable();

    public static async Task CloseAsync(this DbDataReader reader, bool async)
    {
        if (async) await reader.CloseAsync();
        else reader.Close();
    }

    public static async Task DisposeAsync<T>(this T disposable, bool async)
        where T : IAsyncDisposable, IDisposable
    {
        if (async) await disposable.DisposeAsync();
        else disposable.Dispose();
    }
}
