using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql;

/// <summary>
/// A named value of a statement. The type of <see cref="Value"/> alone decides how it is sent (the README lists the types);
/// <see cref="DbType"/>, <see cref="Size"/> and the like are kept for code that sets them, and not looked at.
/// </summary>
public sealed class MySqlParameter : DbParameter, ICloneable
{
    private string _name = string.Empty;
    private string _sourceColumn = string.Empty;

    /// <summary>A parameter without a name or value yet.</summary>
    public MySqlParameter()
    {
    }

    /// <param name="name">With or without the leading @; compared without regard to case.</param>
    /// <param name="value">Null and DBNull are NULL.</param>
    public MySqlParameter(string name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>Default String, as everywhere in ADO.NET.</summary>
    public override DbType DbType { get; set; } = DbType.String;

    /// <summary>
    /// Input. A procedure gives the values of its OUT and INOUT parameters as its last result, of one row; the server declares a text there
    /// as binary.
    /// </summary>
    /// <exception cref="NotSupportedException">Set to another direction.</exception>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value == ParameterDirection.Input) return;

            throw new NotSupportedException(
                $"ParameterDirection.{value} is not supported; pass NULL for a procedure's OUT parameter, and read what it became from the "
                + "last result of the call, which is one row (a text comes as its UTF-8 bytes).");
        }
    }

    /// <inheritdoc />
    public override bool IsNullable { get; set; }

    /// <summary>The name, with or without the leading @.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value ?? string.Empty;
    }

    /// <inheritdoc />
    public override byte Precision { get; set; }

    /// <inheritdoc />
    public override byte Scale { get; set; }

    /// <inheritdoc />
    public override int Size { get; set; }

    /// <inheritdoc />
    [AllowNull]
    public override string SourceColumn
    {
        get => _sourceColumn;
        set => _sourceColumn = value ?? string.Empty;
    }

    /// <inheritdoc />
    public override bool SourceColumnNullMapping { get; set; }

    /// <inheritdoc />
    public override DataRowVersion SourceVersion { get; set; } = DataRowVersion.Current;

    /// <inheritdoc />
    public override object? Value { get; set; }

    /// <inheritdoc />
    public override void ResetDbType() => DbType = DbType.String;

    /// <summary>A parameter of the same properties and the same value.</summary>
    public MySqlParameter Clone() => (MySqlParameter)MemberwiseClone();

    object ICloneable.Clone() => Clone();

    /// <param name="bareName">A name without the @.</param>
    internal bool IsNamed(ReadOnlySpan<char> bareName) => Bare(_name).Equals(bareName, StringComparison.OrdinalIgnoreCase);

    internal static ReadOnlySpan<char> Bare(string name) => name.StartsWith('@') ? name.AsSpan(1) : name;
}
