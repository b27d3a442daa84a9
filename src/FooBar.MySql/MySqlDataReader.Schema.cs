using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Globalization;
using FooBar.MySql.Protocol;

namespace FooBar.MySql;

/// <content>What the columns of the current result are.</content>
public sealed partial class MySqlDataReader : IDbColumnSchemaGenerator
{
    /// <summary>The columns of the table that <see cref="GetSchemaTable"/> makes, and what each holds of a column.</summary>
    private static readonly (string Name, Type Type, Func<MySqlDbColumn, object?> Value)[] SchemaTableColumns =
    [
        (SchemaTableColumn.ColumnName, typeof(string), column => column.ColumnName),
        (SchemaTableColumn.ColumnOrdinal, typeof(int), column => column.ColumnOrdinal),
        (SchemaTableColumn.ColumnSize, typeof(int), column => column.ColumnSize),
        (SchemaTableColumn.NumericPrecision, typeof(short), column => column.NumericPrecision),
        (SchemaTableColumn.NumericScale, typeof(short), column => column.NumericScale),
        (SchemaTableColumn.DataType, typeof(Type), column => column.DataType),
        (SchemaTableColumn.ProviderType, typeof(int), column => column.ProviderType),
        ("DataTypeName", typeof(string), column => column.DataTypeName),
        (SchemaTableColumn.IsLong, typeof(bool), column => column.IsLong),
        (SchemaTableColumn.AllowDBNull, typeof(bool), column => column.AllowDBNull),
        (SchemaTableColumn.IsKey, typeof(bool), column => column.IsKey),
        (SchemaTableColumn.IsUnique, typeof(bool), column => column.IsUnique),
        (SchemaTableColumn.IsAliased, typeof(bool), column => column.IsAliased),
        (SchemaTableColumn.IsExpression, typeof(bool), column => column.IsExpression),
        (SchemaTableOptionalColumn.IsAutoIncrement, typeof(bool), column => column.IsAutoIncrement),
        (SchemaTableOptionalColumn.IsReadOnly, typeof(bool), column => column.IsReadOnly),
        (SchemaTableOptionalColumn.IsHidden, typeof(bool), column => column.IsHidden),
        (SchemaTableOptionalColumn.IsRowVersion, typeof(bool), _ => false),
        ("IsIdentity", typeof(bool), column => column.IsIdentity),
        (nameof(MySqlDbColumn.IsUnsigned), typeof(bool), column => column.IsUnsigned),
        (SchemaTableOptionalColumn.BaseCatalogName, typeof(string), column => column.BaseCatalogName),
        (SchemaTableColumn.BaseSchemaName, typeof(string), column => column.BaseSchemaName),
        (SchemaTableColumn.BaseTableName, typeof(string), column => column.BaseTableName),
        (SchemaTableColumn.BaseColumnName, typeof(string), column => column.BaseColumnName),
    ];

    /// <summary>
    /// What MySQL tells about each column of the current result, as <see cref="MySqlDbColumn"/>s in their order; empty when it has no rows
    /// to give. Asks the server nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public ReadOnlyCollection<DbColumn> GetColumnSchema()
    {
        RequireOpen();
        (ColumnDefinition Column, ColumnOrigin Origin)[] columns = [.. _results.Columns.Select(column => (column, column.ReadOrigin()))];

        // Who asks for keys makes constraints of them, which the rows of a join can break.
        bool tellsKeys = _behavior.HasFlag(CommandBehavior.KeyInfo)
            && columns.Select(column => (column.Origin.Schema, column.Origin.Table)).Where(table => table.Table.Length > 0).Distinct().Count() == 1;
        return new([.. columns.Select(DbColumn (one, ordinal) => new MySqlDbColumn(one.Column, one.Origin, ordinal, tellsKeys))]);
    }

    /// <inheritdoc cref="GetColumnSchema" />
    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<ReadOnlyCollection<DbColumn>>(cancellationToken)
            : Task.FromResult(GetColumnSchema());

    /// <summary>The same as a table, one row a column; null when the current result has no rows to give.</summary>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public override DataTable? GetSchemaTable()
    {
        ReadOnlyCollection<DbColumn> columns = GetColumnSchema();
        if (columns.Count == 0) return null;

        DataTable table = new("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        foreach ((string name, Type type, _) in SchemaTableColumns) table.Columns.Add(name, type);
        foreach (MySqlDbColumn column in columns.Cast<MySqlDbColumn>())
        {
            table.Rows.Add([.. SchemaTableColumns.Select(part => part.Value(column) ?? DBNull.Value)]);
        }

        return table;
    }

    /// <inheritdoc />
    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<DataTable?>(cancellationToken) : Task.FromResult(GetSchemaTable());
}
