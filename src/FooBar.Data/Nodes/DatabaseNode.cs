using System.Data.Common;

namespace FooBar.Data;

/// <summary>One server. The data sources stay the caller's: whoever made them disposes of them, after the database.</summary>
/// <param name="Name">Its name in logs, metrics and messages, such as <c>db-1</c>; unique.</param>
/// <param name="Application">Where the application's work runs, with an account that may read and write its own tables and no more.</param>
/// <param name="Monitor">
/// Where the monitor asks, with an account that may read <c>performance_schema</c>. Of its own, so that a full application pool
/// never makes a healthy node look dead; three connections are enough.
/// </param>
public sealed record DatabaseNode(string Name, DbDataSource Application, DbDataSource Monitor)
{
    /// <summary>
    /// Where it runs, a host or a zone say; null when that is of no interest. Reads prefer the replicas whose location is
    /// <see cref="DatabaseOptions.PreferredLocation"/>. Default null.
    /// </summary>
    public string? Location { get; init; }

    /// <summary>
    /// Where <see cref="Database.SwitchOverAsync"/> acts, with an account that may change roles; null when this process never does. Default null.
    /// </summary>
    public NodeAdministration? Administration { get; init; }
}

/// <summary>What it takes to make a node the primary, or a replica of another one.</summary>
/// <param name="Source">
/// With an account that has GROUP_REPLICATION_ADMIN (a group), or SYSTEM_VARIABLES_ADMIN, REPLICATION_SLAVE_ADMIN, CONNECTION_ADMIN
/// and SELECT on <c>performance_schema</c> (classic replication).
/// </param>
/// <param name="Host">The address at which the other servers reach it; used in classic replication only.</param>
/// <param name="Port">Its port there.</param>
public sealed record NodeAdministration(DbDataSource Source, string Host, int Port);
