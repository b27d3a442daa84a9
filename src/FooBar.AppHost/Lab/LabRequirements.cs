using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>What the lab needs of this machine: root, and these Debian packages.</summary>
internal static class LabRequirements
{
    /// <summary>Each package with the program by which its presence is told; those of every Debian are in it too, for trimmed-down machines.</summary>
    private static readonly (string Package, string Program)[] Programs =
    [
        ("ansible-core", "ansible-playbook"),
        ("bsdutils", "script"),
        ("curl", "curl"),
        ("debian-archive-keyring", "/usr/share/keyrings/debian-archive-keyring.gpg"),
        ("debootstrap", "debootstrap"),
        ("dnsmasq-base", "dnsmasq"),
        ("findutils", "find"),
        ("iproute2", "ip"),
        ("iputils-ping", "ping"),
        ("nftables", "nft"),
        ("nmap", "nmap"),
        ("openssh-client", "ssh"),
        ("openssl", "openssl"),
        ("pebble", "pebble"),
        ("procps", "pkill"),
        ("python3", "/usr/bin/python3"),
        ("systemd-container", "systemd-nspawn"),
        ("util-linux", "unshare"),
        ("zstd", "zstd"),
    ];

    /// <summary>The packages, for <c>apt-get install</c>.</summary>
    public static IReadOnlyList<string> Packages { get; } = [.. Programs.Select(program => program.Package)];

    /// <exception cref="FoobarException">We are not root.</exception>
    public static void CheckRoot() => Check(Environment.IsPrivilegedProcess, _ => true);

    /// <exception cref="FoobarException">We are not root, or packages are missing; the message holds the command that installs them.</exception>
    public static void Check() => Check(Environment.IsPrivilegedProcess, program => program.StartsWith('/') ? File.Exists(program) : Tool.Find(program) is not null);

    /// <summary>The same with what is known of the machine given.</summary>
    public static void Check(bool isRoot, Func<string, bool> isThere)
    {
        if (!isRoot)
        {
            throw new FoobarException("the lab boots hosts of its own and needs root: run it with sudo.");
        }

        string[] missing = [.. Programs.Where(program => !isThere(program.Program)).Select(program => program.Package)];
        if (missing.Length > 0)
        {
            throw new FoobarException($"the lab needs packages that are missing here: apt-get install --no-install-recommends {string.Join(' ', missing)}");
        }
    }
}
