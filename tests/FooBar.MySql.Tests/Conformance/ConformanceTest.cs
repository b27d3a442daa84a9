using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>
/// What ADO.NET promises of any provider, tested through its base classes on the real server. Each test has a connection of its own out of
/// a pool of its own, and a table of its own.
/// </summary>
public abstract class ConformanceTest(MySqlServerFixture mysql) : IAsyncLifetime
{
    /// <summary>Every test that calls the server is run by the synchronous and by the asynchronous calls.</summary>
    public static TheoryData<bool> BothWays => [true, false];

    protected MySqlServerFixture Server => mysql;

    protected MySqlDataSource Source { get; } = mysql.CreateDataSource();

    protected DbConnection Connection { get; private set; } = null!;

    /// <summary>A name that no other test uses.</summary>
    protected string Table { get; } = "t" + Guid.NewGuid().ToString("N");

    public virtual async ValueTask InitializeAsync() => Connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using (DbConnection cleaning = await Source.OpenConnectionAsync(CancellationToken.None))
        {
            // Not by the test's own connection, which may be closed by now; it may hold the table's lock until it is.
            await Connection.DisposeAsync();
            await using DbCommand drop = Command($"DROP TABLE IF EXISTS {Table}", cleaning);
            await drop.ExecuteNonQueryAsync(CancellationToken.None);
        }

        await Source.DisposeAsync();
    }

    protected DbCommand Command(string text, DbConnection? connection = null)
    {
        DbCommand command = (connection ?? Connection).CreateCommand();
        command.CommandText = text;
        return command;
    }

    protected static void Add(DbCommand command, string name, object? value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    protected async Task RunAsync(string text)
    {
        await using DbCommand command = Command(text);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    protected async Task<object?> AskAsync(string text)
    {
        await using DbCommand command = Command(text);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>That a call throws exactly this, by its whole message.</summary>
    protected static async Task RefusedAsync<T>(string message, Func<Task> call)
        where T : Exception => Assert.Equal(message, (await Assert.ThrowsAsync<T>(call)).Message);

    /// <summary>That a call throws exactly this, by its whole message.</summary>
    protected static void Refused<T>(string message, Func<object?> call)
        where T : Exception => Assert.Equal(message, Assert.Throws<T>(call).Message);
}
