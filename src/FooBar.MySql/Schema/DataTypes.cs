using System.Data;
using System.Data.Common;
using System.Globalization;
using FooBar.MySql.Types;

namespace FooBar.MySql.Schema;

/// <summary>The column types, as <see cref="MySqlDataReader.GetDataTypeName"/> names them, with their limits.</summary>
internal static class DataTypes
{
    private const long MaxText = 65_535;
    private const long MaxLong = uint.MaxValue;

    private static readonly DataTypeEntry[] All =
    [
        Integer("TINYINT", ColumnType.Tiny, typeof(sbyte), 1),
        Integer("TINYINT UNSIGNED", ColumnType.Tiny, typeof(byte), 1),
        Integer("SMALLINT", ColumnType.Short, typeof(short), 2),
        Integer("SMALLINT UNSIGNED", ColumnType.Short, typeof(ushort), 2),
        Integer("MEDIUMINT", ColumnType.Int24, typeof(int), 4) with { IsBestMatch = false },
        Integer("MEDIUMINT UNSIGNED", ColumnType.Int24, typeof(uint), 4) with { IsBestMatch = false },
        Integer("INT", ColumnType.Long, typeof(int), 4),
        Integer("INT UNSIGNED", ColumnType.Long, typeof(uint), 4),
        Integer("BIGINT", ColumnType.LongLong, typeof(long), 8),
        Integer("BIGINT UNSIGNED", ColumnType.LongLong, typeof(ulong), 8),
        new("FLOAT", ColumnType.Float, typeof(float), 4) { IsBestMatch = true, IsFixedLength = true },
        new("DOUBLE", ColumnType.Double, typeof(double), 8) { IsBestMatch = true, IsFixedLength = true },
        new("DECIMAL", ColumnType.NewDecimal, typeof(decimal), 65, "DECIMAL({0},{1})", "precision,scale") { IsBestMatch = true, MaximumScale = 30 },
        new("BIT", ColumnType.Bit, typeof(ulong), 64, "BIT({0})", "bits") { IsUnsigned = true, LiteralPrefix = "b'", LiteralSuffix = "'" },
        new("YEAR", ColumnType.Year, typeof(int), 4) { IsFixedLength = true, IsUnsigned = true },
        Time("DATE", ColumnType.Date, typeof(DateTime)) with { CreateFormat = "DATE", CreateParameters = null },
        Time("DATETIME", ColumnType.DateTime, typeof(DateTime)) with { IsBestMatch = true },
        Time("TIMESTAMP", ColumnType.Timestamp, typeof(DateTime)),
        Time("TIME", ColumnType.Time, typeof(TimeSpan)) with { IsBestMatch = true },
        Text("CHAR", ColumnType.String, 255) with { CreateFormat = "CHAR({0})", CreateParameters = "length", IsFixedLength = true },
        Text("VARCHAR", ColumnType.VarString, 16_383) with { CreateFormat = "VARCHAR({0})", CreateParameters = "length", IsBestMatch = true },
        Text("TEXT", ColumnType.Blob, MaxText) with { IsLong = true },
        Text("MEDIUMTEXT", ColumnType.Blob, 16_777_215) with { IsLong = true },
        Text("LONGTEXT", ColumnType.Blob, MaxLong) with { IsLong = true },
        Text("JSON", ColumnType.Json, MaxLong) with { IsLong = true, IsCaseSensitive = true },
        Text("ENUM", ColumnType.String, 255) with { CreateFormat = "ENUM({0})", CreateParameters = "values" },
        Text("SET", ColumnType.String, 255) with { CreateFormat = "SET({0})", CreateParameters = "values" },
        Bytes("BINARY", ColumnType.String, 255) with { CreateFormat = "BINARY({0})", CreateParameters = "length", IsFixedLength = true },
        Bytes("VARBINARY", ColumnType.VarString, MaxText) with { CreateFormat = "VARBINARY({0})", CreateParameters = "length", IsBestMatch = true },
        Bytes("BLOB", ColumnType.Blob, MaxText) with { IsLong = true },
        Bytes("MEDIUMBLOB", ColumnType.Blob, 16_777_215) with { IsLong = true },
        Bytes("LONGBLOB", ColumnType.Blob, MaxLong) with { IsLong = true },
        Bytes("GEOMETRY", ColumnType.Geometry, MaxLong) with { IsLong = true, IsLiteralSupported = false },
        Bytes("VECTOR", ColumnType.Vector, 65_532) with { CreateFormat = "VECTOR({0})", CreateParameters = "entries", IsLong = true, IsLiteralSupported = false },
    ];

    private static readonly (string Name, Type Type, Func<DataTypeEntry, object?> Value)[] Columns =
    [
        (DbMetaDataColumnNames.TypeName, typeof(string), entry => entry.Name),
        (DbMetaDataColumnNames.ProviderDbType, typeof(int), entry => (int)entry.Type),
        (DbMetaDataColumnNames.ColumnSize, typeof(long), entry => entry.Size),
        (DbMetaDataColumnNames.CreateFormat, typeof(string), entry => entry.CreateFormat ?? entry.Name),
        (DbMetaDataColumnNames.CreateParameters, typeof(string), entry => entry.CreateParameters),
        (DbMetaDataColumnNames.DataType, typeof(string), entry => entry.ClrType.FullName),
        (DbMetaDataColumnNames.IsAutoIncrementable, typeof(bool), entry => entry.IsAutoIncrementable),
        (DbMetaDataColumnNames.IsBestMatch, typeof(bool), entry => entry.IsBestMatch),
        (DbMetaDataColumnNames.IsCaseSensitive, typeof(bool), entry => entry.IsCaseSensitive),
        (DbMetaDataColumnNames.IsFixedLength, typeof(bool), entry => entry.IsFixedLength),
        (DbMetaDataColumnNames.IsFixedPrecisionScale, typeof(bool), entry => entry.IsAutoIncrementable),
        (DbMetaDataColumnNames.IsLong, typeof(bool), entry => entry.IsLong),
        (DbMetaDataColumnNames.IsNullable, typeof(bool), _ => true),
        (DbMetaDataColumnNames.IsSearchable, typeof(bool), entry => !entry.IsLong),
        (DbMetaDataColumnNames.IsSearchableWithLike, typeof(bool), entry => entry.ClrType == typeof(string)),
        (DbMetaDataColumnNames.IsUnsigned, typeof(bool), entry => entry.IsUnsigned),
        (DbMetaDataColumnNames.MaximumScale, typeof(short), entry => entry.MaximumScale),
        (DbMetaDataColumnNames.MinimumScale, typeof(short), entry => entry.MaximumScale is null ? null : (short)0),
        (DbMetaDataColumnNames.IsConcurrencyType, typeof(bool), _ => false),
        (DbMetaDataColumnNames.IsLiteralSupported, typeof(bool), entry => entry.IsLiteralSupported),
        (DbMetaDataColumnNames.LiteralPrefix, typeof(string), entry => entry.LiteralPrefix),
        (DbMetaDataColumnNames.LiteralSuffix, typeof(string), entry => entry.LiteralSuffix),
    ];

    public static DataTable Make()
    {
        DataTable table = new() { Locale = CultureInfo.InvariantCulture };
        foreach ((string name, Type type, _) in Columns) table.Columns.Add(name, type);
        foreach (DataTypeEntry entry in All) table.Rows.Add([.. Columns.Select(column => column.Value(entry) ?? DBNull.Value)]);
        return table;
    }

    private static DataTypeEntry Integer(string name, ColumnType type, Type clrType, int size) => new(name, type, clrType, size)
    {
        IsAutoIncrementable = true,
        IsBestMatch = true,
        IsFixedLength = true,
        IsUnsigned = name.EndsWith("UNSIGNED", StringComparison.Ordinal),
    };

    private static DataTypeEntry Time(string name, ColumnType type, Type clrType) => new(name, type, clrType, 8, name + "({0})", "fraction digits")
    {
        IsFixedLength = true,
        LiteralPrefix = "'",
        LiteralSuffix = "'",
    };

    private static DataTypeEntry Text(string name, ColumnType type, long size) =>
        new(name, type, typeof(string), size) { LiteralPrefix = "'", LiteralSuffix = "'" };

    private static DataTypeEntry Bytes(string name, ColumnType type, long size) =>
        new(name, type, typeof(byte[]), size) { IsCaseSensitive = true, LiteralPrefix = "x'", LiteralSuffix = "'" };

    /// <summary>One type. The size is in bytes, in characters for a text, in digits for a DECIMAL, in bits for a BIT.</summary>
    private sealed record DataTypeEntry(
        string Name, ColumnType Type, Type ClrType, long Size, string? CreateFormat = null, string? CreateParameters = null)
    {
        public bool IsAutoIncrementable { get; init; }

        /// <summary>The type to take for values of its .NET type.</summary>
        public bool IsBestMatch { get; init; }

        public bool IsCaseSensitive { get; init; }

        public bool IsFixedLength { get; init; }

        public bool IsLong { get; init; }

        public bool IsUnsigned { get; init; }

        public bool IsLiteralSupported { get; init; } = true;

        public short? MaximumScale { get; init; }

        public string? LiteralPrefix { get; init; }

        public string? LiteralSuffix { get; init; }
    }
}
