using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Lab;

/// <summary>
/// The file system of a host as an operator gets it: a minimal Debian 12 with an SSH server and a user who may use sudo. What is the host's
/// own (name, keys) is not in it.
/// </summary>
internal static class HostImage
{
    /// <summary>The release that the roles are for.</summary>
    public const string Release = "bookworm";

    /// <summary>The user that the operator logs in as.</summary>
    public const string User = "deploy";

    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    // dpkg flushes every file that it unpacks to the disk, which takes longer than all the rest. On an overlay mounted volatile nothing is
    // flushed; what it wrote, its upper folder, is the image. Paths are relative, because the mount's options end at a comma.
    private const string Unflushed = """
        set -e
        cd "$0/.."
        mkdir empty work mounted
        mount -t overlay -o lowerdir=empty,upperdir="${0##*/}",workdir=work,volatile overlay mounted
        "$@"
        umount mounted
        rm -rf empty work mounted
        """;

    // Counted up when MakeAsync makes another image from the same packages.
    private const int Recipe = 1;

    private static readonly string[] Packages =
    [
        "ca-certificates", "dbus", "iproute2", "iputils-ping", "kmod", "netbase", "openssh-server", "procps", "python3", "python3-apt", "sudo", "systemd", "systemd-sysv",
    ];

    /// <summary>What the image is made from, but for the mirror, whose packages are the same everywhere.</summary>
    public static string Inputs => $"{Recipe} {Release} {string.Join(' ', Packages)}";

    /// <summary>Makes it in an empty folder.</summary>
    public static async Task MakeAsync(string folder, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await PackageRepository.MirrorAsync(cancellationToken);
        progress.Working("asking the mirror for the release");
        int stepsDone = 0;
        ToolResult result = await StreamedTool.RunIsolatedAsync(
            ["bash", "-c", Unflushed, folder, "debootstrap", "--variant=minbase", $"--include={string.Join(',', Packages)}", $"--keyring={Keyring}", Release, "mounted", mirror.Suite(Release).Uri],
            line =>
            {
                // I: Retrieving NAME VERSION, then Validating, Extracting, Unpacking, Configuring: five lines for each of some 140 packages.
                if (line.StartsWith("I: ", StringComparison.Ordinal) && line[3..].Split(' ') is [("Retrieving" or "Extracting" or "Unpacking" or "Configuring") and { } verb, ..])
                {
                    progress.At(0.95 * Math.Min(1, ++stepsDone / 560.0), $"{verb.ToLowerInvariant()} packages, step {stepsDone}");
                }
            },
            cancellationToken);
        if (result.ExitCode != 0)
        {
            string reason = result.Output.Split('\n').LastOrDefault(line => line.StartsWith("E: ", StringComparison.Ordinal))?[3..] ?? result.Reason;
            throw DiskSpace.Explain(folder, new FoobarException($"a Debian 12 could not be unpacked by debootstrap: {reason.Trim()} Nothing of it was kept; see that apt-get works on this machine, and run it again."));
        }

        progress.At(0.96, "making it a bare host");
        await FinishAsync(folder, cancellationToken);
    }

    private static async Task FinishAsync(string folder, CancellationToken cancellationToken)
    {
        string In(string path) => Path.Combine(folder, path);
        ToolResult user = await Tool.RunAsync("chroot", [folder, "useradd", "--create-home", "--shell", "/bin/bash", User], cancellationToken);
        if (user.ExitCode != 0)
        {
            throw new FoobarException($"the user {User} could not be made in the image: {user.Reason}");
        }

        await File.WriteAllTextAsync(In($"etc/sudoers.d/{User}"), $"{User} ALL=(ALL) NOPASSWD: ALL\n", cancellationToken);
        File.SetUnixFileMode(In($"etc/sudoers.d/{User}"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        await File.WriteAllTextAsync(In("etc/resolv.conf"), $"nameserver {LabMachines.Repository.Address}\n", cancellationToken);
        await File.WriteAllTextAsync(In("etc/apt/sources.list"), PackageRepository.SourcesList(), cancellationToken);

        // The repository is a part of a mirror, as old as the cache: no translations, and lists that may be past their date. Signatures hold.
        await File.WriteAllTextAsync(In("etc/apt/apt.conf.d/99lab"), "Acquire::Languages \"none\";\nAcquire::Check-Valid-Until \"false\";\n", cancellationToken);

        // Each host has its own.
        foreach (string key in Directory.GetFiles(In("etc/ssh"), "ssh_host_*"))
        {
            File.Delete(key);
        }

        await File.WriteAllTextAsync(In("etc/machine-id"), string.Empty, cancellationToken);
        File.Delete(In("var/log/bootstrap.log"));
        foreach (string package in Directory.GetFiles(In("var/cache/apt/archives"), "*.deb"))
        {
            File.Delete(package);
        }
    }
}
