using FooBar.MySql.Protocol;

namespace FooBar.MySql.Types;

/// <summary>From a column's type on the wire to its type in .NET and its name in SQL.</summary>
internal static class ColumnTypes
{
    public static ValueKind KindOf(ColumnType type, ColumnFlags flags, bool isBinary) => type switch
    {
        ColumnType.Tiny or ColumnType.Short or ColumnType.Int24 or ColumnType.Long or ColumnType.LongLong =>
            flags.HasFlag(ColumnFlags.Unsigned) ? ValueKind.Unsigned : ValueKind.Signed,
        ColumnType.Float => ValueKind.Float,
        ColumnType.Double => ValueKind.Double,
        ColumnType.NewDecimal or ColumnType.OldDecimal => ValueKind.Decimal,
        ColumnType.Year => ValueKind.Year,
        ColumnType.Bit => ValueKind.Bit,
        ColumnType.Date => ValueKind.Date,
        ColumnType.DateTime or ColumnType.Timestamp => ValueKind.DateTime,
        ColumnType.Time => ValueKind.Time,
        ColumnType.Null => ValueKind.Null,
        ColumnType.Json or ColumnType.Enum or ColumnType.Set => ValueKind.Text,
        ColumnType.Geometry or ColumnType.Vector => ValueKind.Bytes,
        _ when (flags & (ColumnFlags.Enum | ColumnFlags.Set)) != 0 => ValueKind.Text,
        ColumnType.VarChar or ColumnType.VarString or ColumnType.String or ColumnType.TinyBlob or ColumnType.MediumBlob
            or ColumnType.LongBlob or ColumnType.Blob => isBinary ? ValueKind.Bytes : ValueKind.Text,
        _ => throw new ProtocolException($"a column has the unknown type {(byte)type}"),
    };

    public static Type ClrTypeOf(ColumnDefinition column) => column.Kind switch
    {
        ValueKind.Signed => column.Type switch
        {
            ColumnType.Tiny => typeof(sbyte),
            ColumnType.Short => typeof(short),
            ColumnType.LongLong => typeof(long),
            _ => typeof(int),
        },
        ValueKind.Unsigned => column.Type switch
        {
            ColumnType.Tiny => typeof(byte),
            ColumnType.Short => typeof(ushort),
            ColumnType.LongLong => typeof(ulong),
            _ => typeof(uint),
        },
        ValueKind.Float => typeof(float),
        ValueKind.Double => typeof(double),
        ValueKind.Decimal => typeof(decimal),
        ValueKind.Year => typeof(int),
        ValueKind.Bit => typeof(ulong),
        ValueKind.Date or ValueKind.DateTime => typeof(DateTime),
        ValueKind.Time => typeof(TimeSpan),
        ValueKind.Text => typeof(string),
        ValueKind.Bytes => typeof(byte[]),
        ValueKind.Guid => typeof(Guid),
        _ => typeof(object),
    };

    public static string NameOf(ColumnDefinition column) => column.Type switch
    {
        ColumnType.Tiny => Integer("TINYINT", column),
        ColumnType.Short => Integer("SMALLINT", column),
        ColumnType.Int24 => Integer("MEDIUMINT", column),
        ColumnType.Long => Integer("INT", column),
        ColumnType.LongLong => Integer("BIGINT", column),
        ColumnType.Float => "FLOAT",
        ColumnType.Double => "DOUBLE",
        ColumnType.NewDecimal or ColumnType.OldDecimal => "DECIMAL",
        ColumnType.Year => "YEAR",
        ColumnType.Bit => "BIT",
        ColumnType.Date => "DATE",
        ColumnType.DateTime => "DATETIME",
        ColumnType.Timestamp => "TIMESTAMP",
        ColumnType.Time => "TIME",
        ColumnType.Json => "JSON",
        ColumnType.Geometry => "GEOMETRY",
        ColumnType.Vector => "VECTOR",
        ColumnType.Null => "NULL",
        _ when column.Flags.HasFlag(ColumnFlags.Enum) => "ENUM",
        _ when column.Flags.HasFlag(ColumnFlags.Set) => "SET",
        ColumnType.String => column.Kind == ValueKind.Text ? "CHAR" : "BINARY",
        ColumnType.VarString or ColumnType.VarChar => column.Kind == ValueKind.Bytes ? "VARBINARY" : "VARCHAR",
        _ => column.Kind == ValueKind.Bytes ? "BLOB" : "TEXT",
    };

    private static string Integer(string name, ColumnDefinition column) => column.IsUnsigned ? name + " UNSIGNED" : name;
}
