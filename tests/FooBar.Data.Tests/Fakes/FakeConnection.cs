using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.Data.Tests.Fakes;

/// <summary>One statement on its way to a fake node.</summary>
internal sealed record FakeStatement(FakeConnection Connection, string Text, IReadOnlyDictionary<string, object?> Parameters, CancellationToken Ct)
{
    public string Key => Convert.ToHexString((byte[])Parameters["id"]!);

    /// <summary>Breaks the connection, as a driver does when its transport fails, and makes the failure to throw.</summary>
    public FakeDbException Lose(FailurePhase phase)
    {
        Connection.Break();
        return new(0, phase, $"connection lost ({phase})");
    }
}

internal sealed class FakeConnection(FakeNode node) : DbConnection
{
    private ConnectionState _state = ConnectionState.Closed;
    private bool _returned;

    public FakeNode Node { get; } = node;

    public bool IsMonitor { get; init; }

    /// <summary>What goes in front of the next command.</summary>
    public string? Preceding { get; set; }

    public bool InTransaction { get; set; }

    public string? Claimed { get; set; }

    public string? Removed { get; set; }

    public string? Result { get; set; }

    public string? CommittedGtids { get; set; }

    [AllowNull]
    public override string ConnectionString { get; set; } = "";

    public override string Database => "foobar";

    public override string DataSource => Node.Name;

    public override string ServerVersion => "9.7.4";

    public override ConnectionState State => _state;

    public void Break() => _state = ConnectionState.Closed;

    public override void Open() => _state = ConnectionState.Open;

    public override void Close() => _state = ConnectionState.Closed;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new FakeCommand(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_returned)
        {
            _returned = true;
            Node.Returned(inTransaction: InTransaction && _state == ConnectionState.Open);
        }

        base.Dispose(disposing);
    }
}

internal sealed class FakeCommand(FakeConnection connection) : DbCommand
{
    private readonly FakeParameters _parameters = new();

    [AllowNull]
    public override string CommandText { get; set; } = "";

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get; set; } = connection;

    protected override DbParameterCollection DbParameterCollection => _parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        await RunAsync(cancellationToken) is int changed ? changed : -1;

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        await RunAsync(cancellationToken) is object[] row ? row[0] : null;

    public override void Cancel() => throw new NotSupportedException();

    public override int ExecuteNonQuery() => throw new NotSupportedException();

    public override object? ExecuteScalar() => throw new NotSupportedException();

    public override void Prepare() => throw new NotSupportedException();

    protected override DbParameter CreateDbParameter() => new FakeParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw new NotSupportedException();

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        object answer = await RunAsync(cancellationToken);
        object[][] rows = answer as object[][] ?? [(object[])answer];
        using DataTable table = new();
        foreach (object value in rows.Length == 0 ? [] : rows[0])
            table.Columns.Add(null, value.GetType());
        foreach (object[] row in rows)
            table.Rows.Add(row);
        return table.CreateDataReader();
    }

    private async Task<object> RunAsync(CancellationToken ct)
    {
        FakeConnection connection = (FakeConnection)DbConnection!;
        if (connection.State != ConnectionState.Open)
            throw new InvalidOperationException("The connection is closed.");
        ct.ThrowIfCancellationRequested();
        Dictionary<string, object?> parameters = _parameters.Items.ToDictionary(item => item.ParameterName, item => item.Value);
        FakeStatement statement = new(connection, CommandText, parameters, ct);
        if (connection.Preceding is not { } preceding)
            return await connection.Node.RunAsync(statement);
        connection.Preceding = null;
        try
        {
            await connection.Node.RunAsync(new(connection, preceding, new Dictionary<string, object?>(), ct));
        }
        catch (FakeDbException) when (connection.State == ConnectionState.Open)
        {
            // The server has both by now: it does the second one too, and its answer to that is not told.
            await ((Task)connection.Node.RunAsync(statement)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await connection.Node.RunAsync(statement);
    }
}

internal sealed class FakeParameter : DbParameter
{
    public override DbType DbType { get; set; }

    public override ParameterDirection Direction { get; set; }

    public override bool IsNullable { get; set; }

    [AllowNull]
    public override string ParameterName { get; set; } = "";

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    public override bool SourceColumnNullMapping { get; set; }

    public override object? Value { get; set; }

    public override void ResetDbType() => DbType = default;
}

/// <summary>As much of a parameter collection as Dapper uses.</summary>
internal sealed class FakeParameters : DbParameterCollection
{
    public List<DbParameter> Items { get; } = [];

    public override int Count => Items.Count;

    public override object SyncRoot => Items;

    public override int Add(object value)
    {
        Items.Add((DbParameter)value);
        return Items.Count - 1;
    }

    public override void AddRange(Array values) => Items.AddRange(values.Cast<DbParameter>());

    public override void Clear() => Items.Clear();

    public override bool Contains(object value) => Items.Contains((DbParameter)value);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)Items).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => Items.GetEnumerator();

    public override int IndexOf(object value) => Items.IndexOf((DbParameter)value);

    public override int IndexOf(string parameterName) => Items.FindIndex(item => item.ParameterName == parameterName);

    public override void Insert(int index, object value) => Items.Insert(index, (DbParameter)value);

    public override void Remove(object value) => Items.Remove((DbParameter)value);

    public override void RemoveAt(int index) => Items.RemoveAt(index);

    public override void RemoveAt(string parameterName) => Items.RemoveAt(IndexOf(parameterName));

    protected override DbParameter GetParameter(int index) => Items[index];

    protected override DbParameter GetParameter(string parameterName) => Items[IndexOf(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => Items[index] = value;

    protected override void SetParameter(string parameterName, DbParameter value) => Items[IndexOf(parameterName)] = value;
}
