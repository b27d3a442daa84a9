using System.Globalization;
using System.Net.Sockets;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Databases;

/// <summary>One member of the database cluster: its folder, its configuration, its process.</summary>
internal sealed class MySqlMember(int number, int port, int groupPort, MySqlInstallation mysql, StateFolder state, Secrets secrets)
{
    public const string Host = "127.0.0.1";

    public string Name { get; } = $"db-{number.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Its number, from 1.</summary>
    public int Number => number;

    public int Port => port;

    public int GroupPort => groupPort;

    public MySqlClient Client { get; } = new(state, secrets, port);

    private string Folder => state.Member(number);

    /// <summary>What it holds; made anew at its start when there is none.</summary>
    public string DataFolder => Path.Combine(Folder, "data");

    private string ConfigurationFile => Path.Combine(Folder, "my.cnf");

    /// <summary>Writes the configuration, makes the data folder if there is none, and starts the server; it does not answer yet.</summary>
    /// <param name="authority">Issues the member's certificate.</param>
    /// <param name="replication">The part of its configuration that says how it replicates; given its folder.</param>
    /// <param name="cancellationToken">Ends what comes before the start.</param>
    public async Task<ChildProcess> StartAsync(CertificateAuthority authority, Func<string, string> replication, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CertificateFiles certificate;
        lock (authority)
        {
            certificate = authority.Issue("server", Folder, [Name, Host]);
        }

        File.Copy(state.CaCertificate, Path.Combine(Folder, "ca.crt"), overwrite: true);
        PrivateFile.Write(ConfigurationFile, MySqlConfiguration.Write(number, port, Folder, certificate, replication(Folder)));
        if (!Directory.Exists(DataFolder))
        {
            await InitializeAsync(cancellationToken);
        }

        await OwnFolderAsync(cancellationToken);
        return await ChildProcess.StartAsync(new ChildSpecification(Name, mysql.Server, [$"--defaults-file={ConfigurationFile}"], Folder, state.Log(Name))
        {
            ParentDeathSignal = "TERM",
            User = UnprivilegedUser.ForDatabase,
        });
    }

    /// <summary>Waits until the server takes connections.</summary>
    /// <exception cref="FoobarException">It ended instead.</exception>
    public async Task WaitForPortAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (process.HasExited)
            {
                throw DiskSpace.Explain(state.Path, new FoobarException($"{Name} ended with exit code {process.ExitCode} while it started: {process.LastWords()} (log: {state.Log(Name)})"));
            }

            try
            {
                using TcpClient probe = new();
                await probe.ConnectAsync(Host, port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Initialises into a folder beside and renames it: an interrupted initialisation leaves nothing that looks whole.</summary>
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        string partial = DataFolder + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        string setup = Path.Combine(Folder, "setup.sql");
        PrivateFile.Write(setup, MySqlAccounts.InitialSql(secrets));
        try
        {
            await OwnFolderAsync(cancellationToken);

            // Not mysqld's own --user: a change of user inside the program clears its parent-death signal, prctl(2), and the server that
            // initialises would outlive a supervisor that is killed.
            string[] asUser = UnprivilegedUser.ForDatabase is { } name
                ? ["setpriv", $"--reuid={name}", "--clear-groups", $"--regid={UnprivilegedUser.Group}", "--pdeathsig", "KILL", "--", mysql.Server]
                : [mysql.Server];
            ToolResult result = await Tool.RunAsync(
                asUser[0],
                [.. asUser[1..], $"--defaults-file={ConfigurationFile}", $"--datadir={partial}", "--super-read-only=OFF", "--initialize-insecure", $"--init-file={setup}"],
                cancellationToken);
            await File.AppendAllTextAsync(state.Log(Name), result.Output + result.Error, cancellationToken);
            if (result.ExitCode != 0)
            {
                string reason = result.Error.Split('\n').FirstOrDefault(line => line.Contains("[ERROR]", StringComparison.Ordinal)) ?? result.Reason;
                throw DiskSpace.Explain(state.Path, new FoobarException($"{Name} could not be initialised: {reason} (log: {state.Log(Name)})"));
            }
        }
        catch
        {
            ToolFolder.TryDelete(partial);
            throw;
        }
        finally
        {
            File.Delete(setup);
        }

        Directory.Move(partial, DataFolder);
    }

    private async Task OwnFolderAsync(CancellationToken cancellationToken)
    {
        if (UnprivilegedUser.ForDatabase is { } user)
        {
            ToolResult result = await Tool.RunAsync("chown", ["-R", $"{user}:{UnprivilegedUser.Group}", Folder], cancellationToken);
            if (result.ExitCode != 0)
            {
                throw new FoobarException($"{Folder} could not be given to the user {user}: {result.Reason}");
            }
        }
    }
}
