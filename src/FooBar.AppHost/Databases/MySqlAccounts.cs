using FooBar.AppHost.State;

namespace FooBar.AppHost.Databases;

/// <summary>
/// The accounts of a database member, each with the least it needs, all over TLS only. They are made while the member is initialised,
/// identically on each one and outside the binary log, so that members that never met agree.
/// </summary>
internal static class MySqlAccounts
{
    public const string Schema = "foobar";
    public const string Admin = "foobar_admin";
    public const string Replication = "foobar_replication";
    public const string App = "foobar_app";
    public const string SchemaOwner = "foobar_schema";
    public const string Monitor = "foobar_monitor";

    /// <summary>Makes sure that each has its password, before anything is started that needs one.</summary>
    /// <exception cref="FoobarException">A password that the databases know is lost.</exception>
    public static void RequirePasswords(Secrets secrets)
    {
        foreach (string account in (string[])[Admin, Replication, App, SchemaOwner, Monitor])
        {
            _ = secrets.Password(account);
        }
    }

    /// <summary>The SQL that makes them. Passwords are hexadecimal digits of our own making: nothing to quote.</summary>
    public static string InitialSql(Secrets secrets) => $"""
        ALTER USER root@localhost IDENTIFIED BY '{secrets.Password(Admin)}' REQUIRE SSL;
        CREATE DATABASE {Schema};
        CREATE USER {Admin}@'127.0.0.1' IDENTIFIED BY '{secrets.Password(Admin)}' REQUIRE SSL;
        GRANT ALL ON *.* TO {Admin}@'127.0.0.1' WITH GRANT OPTION;
        CREATE USER {Replication}@'127.0.0.1' IDENTIFIED BY '{secrets.Password(Replication)}' REQUIRE SSL;
        GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO {Replication}@'127.0.0.1';
        CREATE USER {App}@'127.0.0.1' IDENTIFIED BY '{secrets.Password(App)}' REQUIRE SSL;
        GRANT SELECT, INSERT, UPDATE, DELETE ON {Schema}.* TO {App}@'127.0.0.1';
        CREATE USER {SchemaOwner}@'127.0.0.1' IDENTIFIED BY '{secrets.Password(SchemaOwner)}' REQUIRE SSL;
        GRANT ALL ON {Schema}.* TO {SchemaOwner}@'127.0.0.1';
        CREATE USER {Monitor}@'127.0.0.1' IDENTIFIED BY '{secrets.Password(Monitor)}' REQUIRE SSL;
        GRANT SELECT ON performance_schema.* TO {Monitor}@'127.0.0.1';

        """;
}
