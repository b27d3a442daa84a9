using System.Data.Common;

namespace FooBar.Data;

/// <summary>One server. The data sources stay the caller's: whoever made them disposes of them, after the database.</summary>
/// <param name="Name">Its name in logs, metrics and messages, such as <c>db-1</c>; unique.</param>
/// <param name="Application">Where the application's work runs, with an account that may read and write its own tables and no more.</param>
/// <param name="Monitor">
/// Where the monitor asks, with an account that may read <c>performance_schema</c>. Of its own, so that a full application pool
/// never makes a healthy node look dead; one connection is enough.
/// </param>
public sealed record DatabaseNode(string Name, DbDataSource Application, DbDataSource Monitor);
