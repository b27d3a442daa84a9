using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Databases;

/// <summary>
/// Administers one member through MySQL's own client, over verified TLS. The password is in an option file of the owner's alone and the SQL
/// goes through a pipe: neither shows in the process list. Thread-safe.
/// </summary>
internal sealed class MySqlClient(MySqlInstallation mysql, StateFolder state, Secrets secrets, int port)
{
    /// <summary>Runs SQL and returns its rows, the columns of each split.</summary>
    /// <exception cref="FoobarException">The server cannot be reached or refused the SQL.</exception>
    public async Task<IReadOnlyList<string[]>> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        ToolResult result = await Tool.RunAsync(mysql.Client, [$"--defaults-file={OptionFile()}", "--batch", "--skip-column-names"], cancellationToken, input: sql);
        return result.ExitCode == 0
            ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t'))]
            : throw new FoobarException($"MySQL at {MySqlMember.Host}:{port} refused: {result.Reason}");
    }

    private string OptionFile()
    {
        string path = Path.Combine(state.Secrets, $"client-{port}.cnf");
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, $"""
                [client]
                protocol=tcp
                host={MySqlMember.Host}
                port={port}
                user={MySqlAccounts.Admin}
                password={secrets.Password(MySqlAccounts.Admin)}
                ssl-mode=VERIFY_IDENTITY
                ssl-ca="{state.CaCertificate}"
                connect-timeout=5

                """);
        }

        return path;
    }
}
