using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Lab;

/// <summary>
/// The operator's side of a lab: a key for the hosts, their host keys, and an SSH configuration in which the hosts have their names. In the
/// lab it lies over the machine's own, so that plain <c>ssh app-1</c> and the playbooks' SSH find it without an option.
/// </summary>
internal static class OperatorMachine
{
    // Where the folder is seen inside the lab.
    private const string Folder = "/run/foobar-lab/admin";

    /// <summary>The public half of the key that the hosts know their operator by.</summary>
    public static string PublicKey(LabFolder folder) => File.ReadAllText(Path.Combine(folder.Admin, "id.pub"));

    /// <summary>Makes the folder with what is known before there are hosts.</summary>
    public static async Task MakeAsync(LabFolder folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder.Admin, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.Combine(folder.Admin, "tmp"));
        await GenerateKeyAsync(["-q", "-t", "ed25519", "-N", string.Empty, "-C", "foobar-lab", "-f", Path.Combine(folder.Admin, "id")], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Admin, "resolv.conf"), $"nameserver {LabMachines.Repository.Address}\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Admin, "ssh_config"), Configuration(), cancellationToken);
    }

    /// <summary>Makes keys for a host, each host its own; returns the lines by which SSH knows it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="root">Its file system.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<string>> MakeHostKeysAsync(LabMachine host, string root, CancellationToken cancellationToken)
    {
        await GenerateKeyAsync(["-A", "-f", root], cancellationToken);
        return [.. Directory.GetFiles(Path.Combine(root, "etc/ssh"), "ssh_host_*_key.pub").Order(StringComparer.Ordinal).Select(key => KnownHost(host, File.ReadAllText(key)))];
    }

    /// <summary>Writes what MakeHostKeysAsync returned for all hosts: no host's key is ever taken on trust.</summary>
    public static void Know(LabFolder folder, IEnumerable<string> lines) =>
        PrivateFile.Write(Path.Combine(folder.Admin, "known_hosts"), string.Concat(lines.Select(line => line + "\n")));

    /// <summary>A line of known_hosts, sshd(8), from a public key file: names, type, key.</summary>
    public static string KnownHost(LabMachine host, string publicKey) => $"{host.Name},{host.Address},{host.Address6} {string.Join(' ', publicKey.Trim().Split(' ').Take(2))}";

    private static string Configuration()
    {
        IEnumerable<string> names = LabMachines.Hosts.Select(host => $"""
            Host {host.Name}
                HostName {host.Address}
                HostKeyAlias {host.Name}
            """);
        return $"""
            {string.Join('\n', names)}
            Host {string.Join(' ', LabMachines.Hosts.Select(host => $"{host.Name} {host.Address} {host.Address6}"))}
                User {HostImage.User}
                IdentityFile {Folder}/id
                IdentitiesOnly yes
                UserKnownHostsFile {Folder}/known_hosts
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes
                ConnectTimeout 10

            """;
    }

    private static async Task GenerateKeyAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ToolResult result = await Tool.RunAsync("ssh-keygen", arguments, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new FoobarException($"ssh-keygen made no key: {result.Reason}");
        }
    }
}
