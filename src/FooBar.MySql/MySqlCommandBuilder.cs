using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FooBar.MySql.Statements;

namespace FooBar.MySql;

/// <summary>
/// Makes the INSERT, UPDATE and DELETE of a <see cref="MySqlDataAdapter"/> whose SELECT reads one table with the whole of its primary key,
/// and quotes names. Not thread-safe.
/// </summary>
public sealed class MySqlCommandBuilder : DbCommandBuilder
{
    /// <summary>A builder that serves no adapter yet.</summary>
    public MySqlCommandBuilder()
    {
        base.QuotePrefix = base.QuoteSuffix = Identifier.Quotes;
    }

    /// <param name="adapter">The adapter whose SELECT it is about. It has no other statements of its own, or they are kept.</param>
    public MySqlCommandBuilder(MySqlDataAdapter adapter)
        : this() => DataAdapter = adapter;

    /// <summary>The backtick.</summary>
    /// <exception cref="NotSupportedException">Set to something else.</exception>
    [AllowNull]
    public override string QuotePrefix
    {
        get => base.QuotePrefix;
        set => RequireBacktick(value);
    }

    /// <inheritdoc cref="QuotePrefix" />
    [AllowNull]
    public override string QuoteSuffix
    {
        get => base.QuoteSuffix;
        set => RequireBacktick(value);
    }

    /// <summary>The name in backticks, those in it doubled.</summary>
    public override string QuoteIdentifier(string unquotedIdentifier)
    {
        ArgumentNullException.ThrowIfNull(unquotedIdentifier);
        return Identifier.Quote(unquotedIdentifier);
    }

    /// <summary>The name without its backticks.</summary>
    public override string UnquoteIdentifier(string quotedIdentifier)
    {
        ArgumentNullException.ThrowIfNull(quotedIdentifier);
        return Identifier.Unquote(quotedIdentifier);
    }

    /// <summary>Nothing: a parameter's value alone decides how it is sent.</summary>
    protected override void ApplyParameterInfo(DbParameter parameter, DataRow row, StatementType statementType, bool whereClause)
    {
    }

    /// <inheritdoc />
    protected override string GetParameterName(int parameterOrdinal) => $"@p{parameterOrdinal.ToString(CultureInfo.InvariantCulture)}";

    /// <inheritdoc />
    protected override string GetParameterName(string parameterName) => $"@{parameterName}";

    /// <inheritdoc />
    protected override string GetParameterPlaceholder(int parameterOrdinal) => GetParameterName(parameterOrdinal);

    /// <summary>
    /// The columns of the SELECT. A table's key of two columns of which the query has one would find more rows than the one that was changed.
    /// </summary>
    /// <exception cref="InvalidOperationException">A column of the primary key is missing.</exception>
    protected override DataTable? GetSchemaTable(DbCommand sourceCommand)
    {
        DataTable? table = base.GetSchemaTable(sourceCommand);
        if (table?.Select(SchemaTableColumn.IsKey) is [{ } first, ..] keys) RequireWholeKey(first, keys, (MySqlConnection)sourceCommand.Connection!);
        return table;
    }

    /// <inheritdoc />
    protected override void SetRowUpdatingHandler(DbDataAdapter adapter)
    {
        MySqlDataAdapter own = (MySqlDataAdapter)adapter;

        // The base class calls this once for taking an adapter, and once for letting it go.
        if (adapter == DataAdapter) own.RowUpdating -= OnRowUpdating;
        else own.RowUpdating += OnRowUpdating;
    }

    private static void RequireBacktick(string? value)
    {
        if (value != Identifier.Quotes) throw new NotSupportedException("Names are quoted with the backtick.");
    }

    private static void RequireWholeKey(DataRow first, DataRow[] keys, MySqlConnection connection)
    {
        string schema = (string)first[SchemaTableColumn.BaseSchemaName];
        string name = (string)first[SchemaTableColumn.BaseTableName];
        DataTable whole = connection.GetSchema("IndexColumns", [schema, name, "PRIMARY"]);
        foreach (string column in whole.Rows.Cast<DataRow>().Select(row => (string)row["COLUMN_NAME"]))
        {
            if (!keys.Any(key => column.Equals((string)key[SchemaTableColumn.BaseColumnName], StringComparison.OrdinalIgnoreCase)))
            {
                throw new InvalidOperationException(
                    $"The SELECT lacks '{column}', a column of the primary key of {schema}.{name}: without it no single row can be changed.");
            }
        }
    }

    private void OnRowUpdating(object? sender, RowUpdatingEventArgs arguments) => RowUpdatingHandler(arguments);
}
