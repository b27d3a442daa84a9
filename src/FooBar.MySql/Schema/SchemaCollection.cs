using System.Data;
using System.Globalization;

namespace FooBar.MySql.Schema;

/// <summary>One collection of <see cref="MySqlConnection.GetSchema(string, string[])"/>.</summary>
/// <param name="Name">The collection's name; its case does not count.</param>
/// <param name="IdentifierParts">Names that it takes to name one of its entries.</param>
/// <param name="Restrictions">What the entries can be narrowed by, in their order.</param>
/// <param name="Sql">A query of information_schema; null when the entries are made by <paramref name="Make"/>.</param>
/// <param name="Order">The columns by which the entries are ordered.</param>
/// <param name="Make">Makes the entries out of what the driver knows itself.</param>
internal sealed record SchemaCollection(
    string Name, int IdentifierParts, SchemaRestriction[] Restrictions, string? Sql, string? Order, Func<MySqlConnection, DataTable>? Make = null)
{
    /// <summary>Reads the entries; a value a restriction, in their order: null, or missing at the end, is any.</summary>
    /// <exception cref="ArgumentException">There are more values than restrictions.</exception>
    public async ValueTask<DataTable> ReadAsync(MySqlConnection connection, string?[] values, bool async, CancellationToken cancellationToken)
    {
        if (values.Length > Restrictions.Length)
        {
            throw new ArgumentException(
                $"The collection {Name} has {Restrictions.Length} restrictions, and {values.Length} were given.", nameof(values));
        }

        if (Make is not null) return Named(Make(connection));

        using MySqlCommand command = new() { Connection = connection };
        List<string> conditions = [];
        for (int index = 0; index < values.Length; index++)
        {
            if (values[index] is not { } value) continue;

            conditions.Add($"{Restrictions[index].Column} = @r{index}");
            command.Parameters.AddWithValue($"r{index}", value);
        }

        string where = conditions.Count == 0 ? string.Empty : $"WHERE {string.Join(" AND ", conditions)}";
        command.CommandText = $"SELECT * FROM ({Sql}) entry {where} ORDER BY {Order}";
        MySqlDataReader reader = await command.ExecuteAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        try
        {
            DataTable entries = new() { Locale = CultureInfo.InvariantCulture };
            for (int ordinal = 0; ordinal < reader.FieldCount; ordinal++) entries.Columns.Add(reader.GetName(ordinal), reader.GetFieldType(ordinal));

            object[] row = new object[reader.FieldCount];
            while (await reader.ReadAsync(async, cancellationToken).ConfigureAwait(false))
            {
                reader.GetValues(row);
                entries.Rows.Add(row);
            }

            return Named(entries);
        }
        finally
        {
            await reader.CloseAsync(async).ConfigureAwait(false);
        }
    }

    private DataTable Named(DataTable entries)
    {
        entries.TableName = Name;
        return entries;
    }
}

/// <summary>One thing by which the entries of a collection can be narrowed, and the column that must be equal to it.</summary>
internal sealed record SchemaRestriction(string Name, string Column);
