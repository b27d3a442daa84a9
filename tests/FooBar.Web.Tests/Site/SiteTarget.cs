namespace FooBar.Web.Tests.Site;

/// <summary>What an instance has to be told of the database: where it is, and where the accounts' password files lie.</summary>
/// <param name="Ports">Of the nodes, all on 127.0.0.1.</param>
/// <param name="Name">The database there.</param>
/// <param name="CaPath">Whom to believe; also who signed the instance's own certificate.</param>
/// <param name="CertificatePath">What the instance shows.</param>
/// <param name="KeyPath">Its key.</param>
/// <param name="Folder">Holds <c>app.password</c>, <c>monitor.password</c> and <c>schema.password</c>.</param>
public sealed record SiteTarget(
    IReadOnlyList<int> Ports, string Name, string CaPath, string CertificatePath, string KeyPath, string Folder)
{
    public IEnumerable<string> Settings =>
    [
        $"Web:CertificatePath={CertificatePath}", $"Web:KeyPath={KeyPath}",
        $"Database:Name={Name}", $"Database:CaPath={CaPath}",
        .. Ports.SelectMany((port, i) => (string[])
        [
            FormattableString.Invariant($"Database:Nodes:{i}:Name=db-{i + 1}"),
            FormattableString.Invariant($"Database:Nodes:{i}:Host=127.0.0.1"),
            FormattableString.Invariant($"Database:Nodes:{i}:Port={port}"),
        ]),
        "Database:App:User=app", $"Database:App:PasswordFile={Path.Combine(Folder, "app.password")}",
        "Database:Monitor:User=monitor", $"Database:Monitor:PasswordFile={Path.Combine(Folder, "monitor.password")}",
        "Database:Schema:User=schema", $"Database:Schema:PasswordFile={Path.Combine(Folder, "schema.password")}",
    ];
}
