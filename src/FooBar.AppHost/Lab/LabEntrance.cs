using System.Globalization;

namespace FooBar.AppHost.Lab;

/// <summary>The command lines that enter the lab. What is started by one of them ends with the lab, and with who started it.</summary>
internal static class LabEntrance
{
    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The file system of a host, in the lab's namespaces.</summary>
    public static string Root(LabMachine host) => $"/run/foobar-lab/hosts/{host.Name}";

    /// <summary>A path of the lab's namespaces as this process sees it.</summary>
    public static string Seen(int init, string path) => $"/proc/{init.ToString(CultureInfo.InvariantCulture)}/root{path}";

    /// <summary>Runs a command in the lab's own namespaces, where the bridge is.</summary>
    public static string[] Inside(int init, params IEnumerable<string> command) =>
        ["nsenter", $"--target={init.ToString(CultureInfo.InvariantCulture)}", "--mount", "--pid", "--net", "--ipc", "--uts", "--", "setpriv", "--pdeathsig", "KILL", "--", .. command];

    /// <summary>Runs a command as root on a machine that has no system of its own, in the same folder.</summary>
    public static string[] OnNamespace(int init, LabMachine machine, params IEnumerable<string> command) =>
        Inside(init, ["ip", "netns", "exec", machine.Name, "env", $"--chdir={Environment.CurrentDirectory}", .. Variables(machine).Select(variable => $"{variable.Key}={variable.Value}"), .. command]);

    /// <summary>Runs a command as root on a host, as on its console: no network takes part.</summary>
    /// <param name="leader">The first process of the host's system.</param>
    /// <param name="command">The command.</param>
    public static string[] OnHost(int leader, params IEnumerable<string> command) =>
    [
        "nsenter", $"--target={leader.ToString(CultureInfo.InvariantCulture)}", "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd", "--",
        "setpriv", "--pdeathsig", "KILL", "--",
        "env", "--ignore-environment", $"PATH={SystemPath}", "HOME=/root", "USER=root", "LANG=C.UTF-8", $"TERM={Environment.GetEnvironmentVariable("TERM") ?? "dumb"}", .. command,
    ];

    /// <summary>Runs a login shell with a terminal of its own: in another process namespace, one cannot control that of the caller.</summary>
    public static string[] Terminal { get; } = ["script", "--quiet", "--return", "--command", "bash --login", "/dev/null"];

    private static Dictionary<string, string> Variables(LabMachine machine) => machine == LabMachines.Admin
        ? new()
        {
            // Nothing is read from, or left in, the home and the temporary folder of who runs the lab.
            ["HOME"] = "/run/foobar-lab/admin",
            ["TMPDIR"] = "/run/foobar-lab/admin/tmp",
            ["ANSIBLE_LOCAL_TEMP"] = "/run/foobar-lab/admin/tmp",
            ["ANSIBLE_SSH_CONTROL_PATH_DIR"] = "/run/foobar-lab/ssh",
        }
        : [];
}
