using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>Runs the playbooks on a lab's hosts, with the command that an operator types, from the admin's machine.</summary>
internal static class LabDeployment
{
    /// <summary>The playbook that deploys everything, in the command line's own words.</summary>
    public const string Playbook = "site.yml";

    /// <summary>Builds what is deployed, then runs the playbooks in the foreground. Returns the exit code of what failed, else 0.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="arguments">More arguments for ansible-playbook.</param>
    /// <param name="cancellationToken">Asks it to end.</param>
    public static async Task<int> RunAsync(RunningLab lab, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        int exitCode = await PrepareAsync(lab, cancellationToken);
        if (exitCode != 0)
        {
            return exitCode;
        }

        TimeSpan built = TimeProvider.System.GetElapsedTime(began);
        exitCode = await ForegroundTool.RunAsync(CommandLine(lab, arguments), cancellationToken);
        TimeSpan all = TimeProvider.System.GetElapsedTime(began);
        Console.WriteLine($"{(exitCode == 0 ? "Deployed" : "The deployment failed")} after {all.TotalSeconds:0} s, {built.TotalSeconds:0} s of them for the build.");
        return exitCode;
    }

    /// <summary>Builds what is deployed, and writes the inventory. Returns the exit code of the build.</summary>
    public static async Task<int> PrepareAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        // The admin's machine has no network but the lab's, and a build needs packages: so it is done here, before.
        (int exitCode, string report) = await ForegroundTool.CaptureAsync([Path.Combine(Checkout.Root, "foobar"), "artifacts", "--state", lab.Folder.State.Path], cancellationToken);
        if (exitCode == 0)
        {
            await LabInventory.WriteAsync(lab.Folder, report, cancellationToken);
        }

        return exitCode;
    }

    /// <summary>The command line of the playbooks, in the lab.</summary>
    public static string[] CommandLine(RunningLab lab, IEnumerable<string> arguments) => LabEntrance.OnNamespace(
        lab.Init.Id,
        LabMachines.Admin,
        [
            // In the folder of the playbooks, where ansible.cfg is found.
            "env", $"--chdir={Path.Combine(Checkout.Root, "deploy")}",
            "ansible-playbook", "-i", LabInventory.File(lab.Folder), Playbook, "--vault-password-file", LabInventory.VaultPasswordFile(lab.Folder), .. arguments,
        ]);
}
