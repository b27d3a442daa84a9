using System.Data.Common;
using FooBar.MySql.Protocol;
using FooBar.MySql.Types;

namespace FooBar.MySql;

/// <summary>
/// What MySQL tells about a column of a result. The base properties are null where it tells nothing; those of the base table are null for
/// an expression. IsKey and IsUnique are told with <see cref="System.Data.CommandBehavior.KeyInfo"/> alone, and where all columns come from
/// one table; IsKey is that the column is one of the primary key's, of which the result may lack others. Immutable.
/// </summary>
public sealed class MySqlDbColumn : DbColumn
{
    /// <summary>A character of utf8mb4, in which every text arrives, has at most so many bytes.</summary>
    private const int BytesPerCharacter = 4;

    /// <summary>What <see cref="ColumnOrigin.Decimals"/> is where there is no fixed number.</summary>
    private const byte NoFixedDecimals = 31;

    internal MySqlDbColumn(ColumnDefinition column, ColumnOrigin origin, int ordinal, bool tellsKeys)
    {
        bool isExpression = origin.Column.Length == 0;
        ColumnName = column.Name;
        ColumnOrdinal = ordinal;
        ColumnSize = SizeOf(column);
        DataType = ColumnTypes.ClrTypeOf(column);
        DataTypeName = ColumnTypes.NameOf(column);
        NumericPrecision = PrecisionOf(column, origin.Decimals);
        NumericScale = ScaleOf(column, origin.Decimals);
        AllowDBNull = column.IsNullable;
        IsAutoIncrement = IsIdentity = column.Flags.HasFlag(ColumnFlags.AutoIncrement);
        IsKey = tellsKeys ? column.Flags.HasFlag(ColumnFlags.PrimaryKey) : null;
        IsUnique = tellsKeys ? column.Flags.HasFlag(ColumnFlags.UniqueKey) : null;
        IsLong = column.Flags.HasFlag(ColumnFlags.Blob);
        IsExpression = IsReadOnly = isExpression;
        IsAliased = !isExpression && column.Name != origin.Column;
        IsHidden = false;
        BaseSchemaName = OrNull(origin.Schema);
        BaseTableName = OrNull(origin.Table);
        BaseColumnName = OrNull(origin.Column);
        IsUnsigned = column.IsUnsigned;
        ProviderType = (int)column.Type;
    }

    /// <summary>Whether the column holds no negative numbers; false for what is no number.</summary>
    public bool IsUnsigned { get; }

    /// <summary>The column's type byte in MySQL's protocol.</summary>
    public int ProviderType { get; }

    /// <summary>A property by its name; null for a name that is none.</summary>
    public override object? this[string property] => property switch
    {
        nameof(IsUnsigned) => IsUnsigned,
        nameof(ProviderType) => ProviderType,
        _ => base[property],
    };

    /// <summary>Characters of a text, bytes of everything else: of its .NET value where that is of a fixed size, else as MySQL writes it.</summary>
    private static int SizeOf(ColumnDefinition column) => column.Type switch
    {
        ColumnType.Tiny => sizeof(byte),
        ColumnType.Short => sizeof(short),
        ColumnType.Int24 or ColumnType.Long or ColumnType.Year => sizeof(int),
        ColumnType.LongLong or ColumnType.Bit => sizeof(long),
        ColumnType.Float => sizeof(float),
        ColumnType.Double => sizeof(double),
        _ when column.Kind == ValueKind.Text => (int)(column.Length / BytesPerCharacter),
        _ => (int)Math.Min(column.Length, int.MaxValue),
    };

    private static int? PrecisionOf(ColumnDefinition column, byte decimals) => column.Type switch
    {
        ColumnType.Tiny => 3,
        ColumnType.Short => 5,
        ColumnType.Int24 => column.IsUnsigned ? 8 : 7,
        ColumnType.Long => 10,
        ColumnType.LongLong => column.IsUnsigned ? 20 : 19,
        ColumnType.Year => 4,
        ColumnType.Bit => (int)column.Length,

        // The length has room for the sign and the point beside the digits.
        ColumnType.NewDecimal => (int)column.Length - (column.IsUnsigned ? 0 : 1) - (decimals > 0 ? 1 : 0),
        _ => null,
    };

    private static int? ScaleOf(ColumnDefinition column, byte decimals) => column.Kind switch
    {
        ValueKind.Signed or ValueKind.Unsigned or ValueKind.Year or ValueKind.Bit => 0,
        ValueKind.Decimal or ValueKind.DateTime or ValueKind.Time when decimals != NoFixedDecimals => decimals,
        _ => null,
    };

    private static string? OrNull(string value) => value.Length > 0 ? value : null;
}
