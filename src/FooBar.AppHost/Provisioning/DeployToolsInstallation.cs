using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// What the tests of the deployment check it with: <c>bin/ansible</c>, and <c>bin/amtool</c>, Alertmanager's checker. From
/// FOOBAR_DEPLOY_TOOLS_HOME, PATH, or downloaded without root; then Ansible runs on the machine's Python.
/// </summary>
internal static class DeployToolsInstallation
{
    // Of Ansible's dependencies these are what rendering a template needs, and each of them works on any Python 3. The others would bring a
    // Python of their own.
    private static readonly PackagedPrograms Packaged = new(
        "deploy",
        "FOOBAR_DEPLOY_TOOLS_HOME",
        ["ansible", "amtool"],
        ["ansible-core", "python3-jinja2", "python3-markupsafe", "python3-packaging", "python3-yaml", "prometheus-alertmanager"],
        new AptPurpose("Ansible and amtool", "install ansible-core and prometheus-alertmanager and set FOOBAR_DEPLOY_TOOLS_HOME to the folder that holds bin/ansible and bin/amtool"))
    {
        Place = (home, program, cancellationToken) =>
            program == "ansible" ? WrapAsync(home, cancellationToken) : PackagedPrograms.LinkAsync(home, program, cancellationToken),
    };

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        Packaged.ProvisionAsync(state, progress, cancellationToken);

    private static async Task WrapAsync(string home, CancellationToken cancellationToken)
    {
        if (Tool.Find("python3") is null)
        {
            throw new FoobarException("python3 is missing, on which Ansible runs: install it (apt-get install python3).");
        }

        string ansible = Path.Combine(home, "bin", "ansible");
        await File.WriteAllTextAsync(
            ansible,
            """
            #!/bin/sh
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            # Nothing is written beside what was unpacked: the manifest would call it damaged.
            PYTHONPATH=$home/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1 exec python3 "$home/usr/bin/ansible" "$@"

            """,
            cancellationToken);
        File.SetUnixFileMode(ansible, (UnixFileMode)Convert.ToInt32("755", 8));
    }
}
