using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql;

/// <summary>
/// A named value of a statement. The type of <see cref="Value"/> alone decides how it is sent (the README lists the types);
/// <see cref="DbType"/>, <see cref="Size"/> and the like are kept for code that sets them, and not looked at.
/// </summary>
public sealed class MySqlParameter : DbParameter
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

    /// <inheritdoc />
    public override DbType DbType { get; set; } = DbType.Object;

    /// <summary>Input; MySQL's protocol knows output parameters of procedures only as user variables.</summary>
    /// <exception cref="NotSupportedException">Set to another direction.</exception>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input) throw new NotSupportedException("Parameters are input only; SELECT what a statement computes.");
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
    public override object? Value { get; set; }

    /// <inheritdoc />
    public override void ResetDbType() => DbType = DbType.Object;

    /// <param name="bareName">A name without the @.</param>
    internal bool IsNamed(ReadOnlySpan<char> bareName) => Bare(_name).Equals(bareName, StringComparison.OrdinalIgnoreCase);

    internal static ReadOnlySpan<char> Bare(string name) => name.StartsWith('@') ? name.AsSpan(1) : name;
}
