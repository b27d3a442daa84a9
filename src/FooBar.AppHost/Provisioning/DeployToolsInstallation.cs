using FooBar.AppHost.Machine;
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
    // One by one, without what they depend on: of Ansible's dependencies these are what rendering a template needs, and each of them works
    // on any Python 3. The others would bring a Python of their own.
    private static readonly string[] Packages =
        ["ansible-core", "python3-jinja2", "python3-markupsafe", "python3-packaging", "python3-yaml", "prometheus-alertmanager"];

    private static readonly string[] Programs = ["ansible", "amtool"];

    private static readonly AptPurpose Purpose = new(
        "Ansible and amtool", "install ansible-core and prometheus-alertmanager and set FOOBAR_DEPLOY_TOOLS_HOME to the folder that holds bin/ansible and bin/amtool");

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static async Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("FOOBAR_DEPLOY_TOOLS_HOME") is { Length: > 0 } given)
        {
            if (!await RunAsync(given, cancellationToken))
            {
                throw new FoobarException($"FOOBAR_DEPLOY_TOOLS_HOME={given} has no bin/ansible and bin/amtool that run. Correct it, or unset it and let foobar download them.");
            }

            progress.Done("from FOOBAR_DEPLOY_TOOLS_HOME");
            return given;
        }

        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, "deploy.lock"), () => progress.Working("another foobar is downloading them; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, "deploy");
        string? damaged = ToolManifest.Damage(home);
        if (damaged is not null)
        {
            progress.Working($"{damaged} is not as it was unpacked; all of it is made anew");
        }

        if (damaged is not null || !await RunAsync(home, cancellationToken))
        {
            string partial = home + ".partial";
            ToolFolder.TryDelete(partial);
            ToolFolder.TryDelete(home);
            try
            {
                await FillAsync(state, partial, progress, cancellationToken);
            }
            catch
            {
                ToolFolder.TryDelete(partial);
                throw;
            }

            Directory.Move(partial, home);
        }

        progress.Done("ready");
        return home;
    }

    private static async Task FillAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        string bin = Path.Combine(partial, "bin");
        string[] installed = [.. Programs.Select(Tool.FindInstalled).OfType<string>()];
        if (installed.Length == Programs.Length)
        {
            Directory.CreateDirectory(bin);
            foreach (string program in installed)
            {
                File.CreateSymbolicLink(Path.Combine(bin, Path.GetFileName(program)), program);
            }
        }
        else
        {
            if (Tool.Find("python3") is null)
            {
                throw new FoobarException("python3 is missing, on which Ansible runs: install it (apt-get install python3).");
            }

            await DownloadAsync(state, partial, progress, cancellationToken);
            Directory.CreateDirectory(bin);
            File.CreateSymbolicLink(Path.Combine(bin, "amtool"), Path.Combine("..", "usr", "bin", "amtool"));
            string ansible = Path.Combine(bin, "ansible");
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
            await ToolFolder.SealAsync(partial, cancellationToken);
        }

        if (!await RunAsync(partial, cancellationToken))
        {
            throw new FoobarException("The downloaded Ansible and amtool do not run here. Install ansible-core and prometheus-alertmanager, or set FOOBAR_DEPLOY_TOOLS_HOME.");
        }
    }

    private static async Task DownloadAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
        using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-deploy"), [mirror.Release], [], Purpose, progress, cancellationToken);
        IReadOnlyList<string> downloaded = [];
        foreach (string package in Packages)
        {
            downloaded = await apt.DownloadOneAsync(package, progress, cancellationToken);
        }

        await AptRoot.UnpackAsync(downloaded, partial, progress, cancellationToken);
    }

    private static async Task<bool> RunAsync(string home, CancellationToken cancellationToken)
    {
        foreach (string program in Programs)
        {
            string path = Path.Combine(home, "bin", program);
            if (!File.Exists(path) || (await Tool.RunAsync(path, ["--version"], cancellationToken)).ExitCode != 0)
            {
                return false;
            }
        }

        return true;
    }
}
