using System.Data.Common;

namespace FooBar.MySql;

/// <summary>
/// Fills a DataTable from a query and writes its changes back, one statement a row, by the commands given to it or made by a
/// <see cref="MySqlCommandBuilder"/>. Not thread-safe.
/// </summary>
public sealed class MySqlDataAdapter : DbDataAdapter
{
    /// <summary>An adapter without commands.</summary>
    public MySqlDataAdapter()
    {
    }

    /// <param name="selectCommand">The query that fills the table. Its connection is opened when it is closed, and closed again.</param>
    public MySqlDataAdapter(MySqlCommand selectCommand) => SelectCommand = selectCommand;

    /// <summary>Before a row's statement is run; a <see cref="MySqlCommandBuilder"/> gives it here.</summary>
    public event EventHandler<RowUpdatingEventArgs>? RowUpdating;

    /// <summary>After a row's statement was run.</summary>
    public event EventHandler<RowUpdatedEventArgs>? RowUpdated;

    /// <summary>The query that fills the table.</summary>
    public new MySqlCommand? SelectCommand
    {
        get => (MySqlCommand?)base.SelectCommand;
        set => base.SelectCommand = value;
    }

    /// <inheritdoc />
    protected override void OnRowUpdating(RowUpdatingEventArgs value) => RowUpdating?.Invoke(this, value);

    /// <inheritdoc />
    protected override void OnRowUpdated(RowUpdatedEventArgs value) => RowUpdated?.Invoke(this, value);
}
