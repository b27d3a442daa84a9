using System.Data;
using System.Data.Common;
using System.Globalization;

namespace FooBar.MySql.Schema;

/// <summary>
/// The collections of <see cref="MySqlConnection.GetSchema(string)"/>: those that ADO.NET asks of every provider, and what MySQL's
/// information_schema tells about tables and routines, in its own columns and as far as the account may see it.
/// </summary>
internal static class SchemaCollections
{
    private static readonly SchemaRestriction Schema = new("Schema", "TABLE_SCHEMA");
    private static readonly SchemaRestriction Table = new("Table", "TABLE_NAME");
    private static readonly SchemaRestriction Index = new("Index", "INDEX_NAME");

    private static readonly SchemaCollection[] All =
    [
        new(DbMetaDataCollectionNames.MetaDataCollections, 0, [], null, null, _ => MakeMetaDataCollections()),
        new(DbMetaDataCollectionNames.DataSourceInformation, 0, [], null, null, DataSourceInformation.Make),
        new(DbMetaDataCollectionNames.DataTypes, 0, [], null, null, _ => DataTypes.Make()),
        new(DbMetaDataCollectionNames.Restrictions, 0, [], null, null, _ => MakeRestrictions()),
        new(
            DbMetaDataCollectionNames.ReservedWords,
            0,
            [],
            "SELECT WORD AS ReservedWord FROM information_schema.KEYWORDS WHERE RESERVED = 1",
            "ReservedWord"),
        new(
            "Databases",
            1,
            [new SchemaRestriction("Schema", "SCHEMA_NAME")],
            "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA",
            "SCHEMA_NAME"),
        new(
            "Tables",
            2,
            [Schema, Table, new SchemaRestriction("TableType", "TABLE_TYPE")],
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, TABLE_COMMENT
            FROM information_schema.TABLES
            """,
            "TABLE_SCHEMA, TABLE_NAME"),
        new(
            "Views",
            2,
            [Schema, Table],
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, IS_UPDATABLE, DEFINER, SECURITY_TYPE
            FROM information_schema.VIEWS
            """,
            "TABLE_SCHEMA, TABLE_NAME"),
        new(
            "Columns",
            3,
            [Schema, Table, new SchemaRestriction("Column", "COLUMN_NAME")],
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,
                CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME,
                COLUMN_KEY, EXTRA, GENERATION_EXPRESSION, COLUMN_COMMENT
            FROM information_schema.COLUMNS
            """,
            "TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"),
        new(
            "Indexes",
            3,
            [Schema, Table, Index],
            """
            SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE
            FROM information_schema.STATISTICS
            """,
            "TABLE_SCHEMA, TABLE_NAME, INDEX_NAME"),
        new(
            "IndexColumns",
            4,
            [Schema, Table, Index, new SchemaRestriction("Column", "COLUMN_NAME")],
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, EXPRESSION, SUB_PART, COLLATION
            FROM information_schema.STATISTICS
            """,
            "TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"),
        new(
            "ForeignKeys",
            3,
            [Schema, Table, new SchemaRestriction("Constraint", "CONSTRAINT_NAME")],
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME,
                REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
            FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL
            """,
            "TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"),
        new(
            "Procedures",
            2,
            [
                new SchemaRestriction("Schema", "ROUTINE_SCHEMA"),
                new SchemaRestriction("Name", "ROUTINE_NAME"),
                new SchemaRestriction("Type", "ROUTINE_TYPE"),
            ],
            """
            SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, SQL_DATA_ACCESS, SECURITY_TYPE, DEFINER, ROUTINE_COMMENT
            FROM information_schema.ROUTINES
            """,
            "ROUTINE_SCHEMA, ROUTINE_NAME"),
    ];

    /// <exception cref="ArgumentException">There is no such collection.</exception>
    public static SchemaCollection Find(string name) =>
        Array.Find(All, collection => collection.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new ArgumentException(
            $"There is no collection '{name}'. There are: {string.Join(", ", All.Select(collection => collection.Name))}.", nameof(name));

    private static DataTable MakeMetaDataCollections()
    {
        DataTable table = new() { Locale = CultureInfo.InvariantCulture };
        table.Columns.Add(DbMetaDataColumnNames.CollectionName, typeof(string));
        table.Columns.Add(DbMetaDataColumnNames.NumberOfRestrictions, typeof(int));
        table.Columns.Add(DbMetaDataColumnNames.NumberOfIdentifierParts, typeof(int));
        foreach (SchemaCollection collection in All) table.Rows.Add(collection.Name, collection.Restrictions.Length, collection.IdentifierParts);
        return table;
    }

    private static DataTable MakeRestrictions()
    {
        DataTable table = new() { Locale = CultureInfo.InvariantCulture };
        table.Columns.Add("CollectionName", typeof(string));
        table.Columns.Add("RestrictionName", typeof(string));
        table.Columns.Add("RestrictionDefault", typeof(string));
        table.Columns.Add("RestrictionNumber", typeof(int));
        foreach (SchemaCollection collection in All)
        {
            for (int index = 0; index < collection.Restrictions.Length; index++)
            {
                table.Rows.Add(collection.Name, collection.Restrictions[index].Name, collection.Restrictions[index].Column, index + 1);
            }
        }

        return table;
    }
}
