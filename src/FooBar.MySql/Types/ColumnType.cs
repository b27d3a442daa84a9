namespace FooBar.MySql.Types;

/// <summary>Type byte of a column or parameter on the wire (include/field_types.h).</summary>
internal enum ColumnType : byte
{
    OldDecimal = 0,
    Tiny = 1,
    Short = 2,
    Long = 3,
    Float = 4,
    Double = 5,
    Null = 6,
    Timestamp = 7,
    LongLong = 8,
    Int24 = 9,
    Date = 10,
    Time = 11,
    DateTime = 12,
    Year = 13,
    VarChar = 15,
    Bit = 16,
    Vector = 242,
    Json = 245,
    NewDecimal = 246,
    Enum = 247,
    Set = 248,
    TinyBlob = 249,
    MediumBlob = 250,
    LongBlob = 251,
    Blob = 252,
    VarString = 253,
    String = 254,
    Geometry = 255,
}

/// <summary>Flags of a column definition.</summary>
[Flags]
internal enum ColumnFlags : ushort
{
    None = 0,
    NotNull = 1 << 0,

    /// <summary>One of the columns of the primary key.</summary>
    PrimaryKey = 1 << 1,

    /// <summary>A unique index has this column alone.</summary>
    UniqueKey = 1 << 2,
    Blob = 1 << 4,
    Unsigned = 1 << 5,
    Enum = 1 << 8,
    AutoIncrement = 1 << 9,
    Set = 1 << 11,
}

/// <summary>What the values of a column are to a program.</summary>
internal enum ValueKind
{
    Signed,
    Unsigned,
    Float,
    Double,
    Decimal,
    Year,
    Bit,
    Date,
    DateTime,
    Time,
    Text,
    Bytes,

    /// <summary>BINARY(16), where the connection string says that it is one.</summary>
    Guid,
    Null,
}
