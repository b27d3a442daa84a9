using System.Data.Common;
using FooBar.Data;
using FooBar.MySql;

namespace FooBar.Web.Database;

/// <summary>What FooBar.MySql knows beyond ADO.NET, in the terms of the data layer. Stateless.</summary>
internal sealed class MySqlDriverAdapter : IDriverAdapter
{
    /// <inheritdoc />
    public bool HeedsCancellation => true;

    /// <inheritdoc />
    public string? CommittedGtids(DbConnection connection) => (connection as MySqlConnection)?.LastCommitGtids;

    /// <inheritdoc />
    public FailurePhase PhaseOf(Exception exception) => ((exception as MySqlException)?.Phase ?? (exception as MySqlCanceledException)?.Phase) switch
    {
        MySqlFailurePhase.NotSent => FailurePhase.NotSent,
        MySqlFailurePhase.SentUnanswered => FailurePhase.SentUnanswered,
        MySqlFailurePhase.Answered => FailurePhase.Answered,
        _ => FailurePhase.Unknown,
    };

    /// <inheritdoc />
    public void RetirePool(DbDataSource dataSource) => (dataSource as MySqlDataSource)?.Retire();

    /// <inheritdoc />
    public bool TrySendWithNext(DbConnection connection, string sql)
    {
        if (connection is not MySqlConnection mysql)
            return false;
        mysql.SendWithNext(sql);
        return true;
    }
}
