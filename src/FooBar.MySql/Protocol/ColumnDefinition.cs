using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Types;

namespace FooBar.MySql.Protocol;

/// <summary>One column of a result: Protocol::ColumnDefinition41.</summary>
internal sealed class ColumnDefinition(string name, ColumnType type, ColumnFlags flags, ushort characterSet, uint length, byte[] raw)
{
    private const ushort BinaryCharacterSet = 63;

    public string Name { get; } = name;

    public ColumnType Type { get; } = type;

    /// <summary>The widest value in bytes, as declared; for a text column in the connection's character set.</summary>
    public uint Length { get; } = length;

    public bool IsUnsigned { get; } = flags.HasFlag(ColumnFlags.Unsigned);

    public bool IsNullable { get; } = !flags.HasFlag(ColumnFlags.NotNull);

    /// <summary>What the values are to a program.</summary>
    public ValueKind Kind { get; private init; } = ColumnTypes.KindOf(type, flags, characterSet == BinaryCharacterSet);

    /// <summary>What a date with a zero in it is to the caller.</summary>
    public MySqlZeroDates ZeroDates { get; private init; }

    public ColumnFlags Flags { get; } = flags;

    /// <summary>The packet: the same bytes are the same definition.</summary>
    public ReadOnlySpan<byte> Raw => raw;

    public static ColumnDefinition Parse(ReadOnlySpan<byte> payload, ConnectionOptions options)
    {
        PayloadReader reader = new(payload);
        for (int skipped = 0; skipped < 4; skipped++) reader.ReadLengthEncodedBytes(); // catalog, schema, table, original table
        string name = Encoding.UTF8.GetString(reader.ReadLengthEncodedBytes());
        reader.ReadLengthEncodedBytes(); // original name
        reader.ReadLengthEncodedInteger(); // length of what follows: always 12
        ushort characterSet = reader.ReadUInt16();
        uint length = reader.ReadUInt32();
        ColumnType type = (ColumnType)reader.ReadByte();
        ColumnFlags flags = (ColumnFlags)reader.ReadUInt16();
        reader.Take(1); // decimals: ReadOrigin finds it there
        byte[] raw = payload.ToArray();
        ColumnDefinition column = new(name, type, flags, characterSet, length, raw) { ZeroDates = options.ZeroDates };
        bool isGuid = options.GuidFormat == MySqlGuidFormat.Binary16
            && type == ColumnType.String && length == 16 && column.Kind == ValueKind.Bytes;
        return isGuid ? new ColumnDefinition(name, type, flags, characterSet, length, raw) { Kind = ValueKind.Guid } : column;
    }

    /// <summary>What few programs ask for, and is read only then.</summary>
    public ColumnOrigin ReadOrigin()
    {
        PayloadReader reader = new(raw);
        reader.ReadLengthEncodedBytes(); // catalog
        string schema = reader.ReadLengthEncodedString();
        reader.ReadLengthEncodedBytes(); // the table's alias
        string table = reader.ReadLengthEncodedString();
        reader.ReadLengthEncodedBytes(); // name
        string column = reader.ReadLengthEncodedString();
        reader.ReadLengthEncodedInteger(); // length of what follows
        reader.Take(sizeof(ushort) + sizeof(uint) + sizeof(byte) + sizeof(ushort)); // character set, length, type, flags
        return new ColumnOrigin(schema, table, column, reader.ReadByte());
    }
}

/// <summary>The column of a table or view behind a column of a result; its names are empty for an expression.</summary>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table's own name.</param>
/// <param name="Column">The column's own name.</param>
/// <param name="Decimals">Digits behind the point, of a DECIMAL or of the seconds; 31 where the type has no fixed number of them.</param>
internal readonly record struct ColumnOrigin(string Schema, string Table, string Column, byte Decimals);
