using FooBar.AppHost.Databases;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.Databases;

public sealed class MySqlAccountsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Secrets _secrets;
    private readonly string[] _statements;

    public MySqlAccountsTests()
    {
        StateFolder state = new(_folder["state"]);
        state.Create();
        _secrets = new Secrets(state);
        _statements = [.. MySqlAccounts.InitialSql(_secrets).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryAccount_HasItsOwnPasswordAndTakesTlsOnly()
    {
        string[] accounts = [.. _statements.Where(statement => statement.Contains("IDENTIFIED BY", StringComparison.Ordinal))];

        Assert.Equal(6, accounts.Length);
        Assert.All(accounts, statement => Assert.EndsWith(" REQUIRE SSL;", statement, StringComparison.Ordinal));
        foreach (string account in (string[])[MySqlAccounts.Admin, MySqlAccounts.Replication, MySqlAccounts.App, MySqlAccounts.SchemaOwner, MySqlAccounts.Monitor])
        {
            Assert.Contains($"CREATE USER {account}@'127.0.0.1' IDENTIFIED BY '{_secrets.Password(account)}' REQUIRE SSL;", accounts);
        }
    }

    [Fact]
    public void EveryAccount_MayDoWhatItMustAndNoMore()
    {
        Assert.Equal(
            [
                "GRANT ALL ON *.* TO foobar_admin@'127.0.0.1' WITH GRANT OPTION;",
                "GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO foobar_replication@'127.0.0.1';",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON foobar.* TO foobar_app@'127.0.0.1';",
                "GRANT ALL ON foobar.* TO foobar_schema@'127.0.0.1';",
                "GRANT SELECT ON performance_schema.* TO foobar_monitor@'127.0.0.1';",
            ],
            _statements.Where(statement => statement.StartsWith("GRANT", StringComparison.Ordinal)));
    }

    [Fact]
    public void EveryStatement_IsOnALineOfItsOwn()
    {
        // --init-file of mysqld reads no statement over several lines.
        Assert.All(_statements, statement => Assert.EndsWith(";", statement, StringComparison.Ordinal));
    }
}
