using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql;

/// <summary>One statement of a <see cref="MySqlBatch"/>, with its parameters.</summary>
public sealed class MySqlBatchCommand : DbBatchCommand
{
    private readonly MySqlParameterCollection _parameters = [];
    private string _text = string.Empty;

    /// <summary>A command without text yet.</summary>
    public MySqlBatchCommand()
    {
    }

    /// <param name="commandText">One SQL statement.</param>
    public MySqlBatchCommand(string commandText) => CommandText = commandText;

    /// <summary>One SQL statement; parameters are written @name.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? string.Empty;
    }

    /// <summary>Text; a procedure is called by a CALL statement.</summary>
    /// <exception cref="NotSupportedException">Set to something else.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text) throw new NotSupportedException($"CommandType.{value} is not supported in a batch; use CALL name(@parameter).");
        }
    }

    /// <summary>Rows that this command has affected in the last execution of its batch; -1 for a query, and before it was executed.</summary>
    public override int RecordsAffected => Affected is { } rows ? (int)Math.Min(rows, int.MaxValue) : -1;

    /// <summary>The AUTO_INCREMENT value that the last execution generated, the first one if there were several; 0 if none.</summary>
    public long LastInsertedId { get; internal set; }

    /// <summary>The values of the parameters.</summary>
    public new MySqlParameterCollection Parameters => _parameters;

    /// <inheritdoc />
    public override bool CanCreateParameter => true;

    internal long? Affected { get; set; }

    /// <inheritdoc />
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc />
    public override DbParameter CreateParameter() => new MySqlParameter();
}
