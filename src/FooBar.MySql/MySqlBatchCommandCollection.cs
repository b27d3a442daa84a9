using System.Data.Common;

namespace FooBar.MySql;

/// <summary>The commands of a batch, in their order.</summary>
public sealed class MySqlBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<DbBatchCommand> _commands = [];

    /// <inheritdoc />
    public override int Count => _commands.Count;

    /// <inheritdoc />
    public override bool IsReadOnly => false;

    /// <summary>Adds a statement.</summary>
    /// <returns>The command, for its parameters.</returns>
    public MySqlBatchCommand Add(string commandText)
    {
        MySqlBatchCommand command = new(commandText);
        _commands.Add(command);
        return command;
    }

    /// <inheritdoc />
    public override void Add(DbBatchCommand item) => _commands.Add(Own(item));

    /// <inheritdoc />
    public override void Clear() => _commands.Clear();

    /// <inheritdoc />
    public override bool Contains(DbBatchCommand item) => _commands.Contains(item);

    /// <inheritdoc />
    public override void CopyTo(DbBatchCommand[] array, int arrayIndex) => _commands.CopyTo(array, arrayIndex);

    /// <inheritdoc />
    public override IEnumerator<DbBatchCommand> GetEnumerator() => _commands.GetEnumerator();

    /// <inheritdoc />
    public override int IndexOf(DbBatchCommand item) => _commands.IndexOf(item);

    /// <inheritdoc />
    public override void Insert(int index, DbBatchCommand item) => _commands.Insert(index, Own(item));

    /// <inheritdoc />
    public override bool Remove(DbBatchCommand item) => _commands.Remove(item);

    /// <inheritdoc />
    public override void RemoveAt(int index) => _commands.RemoveAt(index);

    /// <inheritdoc />
    protected override DbBatchCommand GetBatchCommand(int index) => _commands[index];

    /// <inheritdoc />
    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => _commands[index] = Own(batchCommand);

    private static MySqlBatchCommand Own(DbBatchCommand? command) =>
        command as MySqlBatchCommand
        ?? throw new ArgumentException($"A {nameof(MySqlBatchCommand)} is needed, not {command?.GetType().Name ?? "null"}.", nameof(command));
}
