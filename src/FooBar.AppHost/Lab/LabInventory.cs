using System.Security.Cryptography;
using System.Text.Json;
using FooBar.AppHost.Machine;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Lab;

/// <summary>
/// The lab's inventory: the example for three hosts, deploy/inventory/three-hosts.yml, whose addresses are the lab's, with what an operator of
/// the lab adds to it.
/// </summary>
internal static class LabInventory
{
    // The example's line below which the variables of all hosts stand.
    private const string Variables = "  vars:";

    public static string File(LabFolder folder) => Path.Combine(folder.Admin, "inventory", "lab.yml");

    public static string VaultPasswordFile(LabFolder folder) => Path.Combine(folder.Admin, "vault-password");

    /// <summary>Writes it, with a vault password that is made once for each lab.</summary>
    /// <param name="folder">The lab's folder.</param>
    /// <param name="artifactsReport">What <c>./foobar artifacts</c> printed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(LabFolder folder, string artifactsReport, CancellationToken cancellationToken)
    {
        string inventory = File(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(inventory)!);
        string report = Path.Combine(folder.Admin, "artifacts.json");
        await System.IO.File.WriteAllTextAsync(report, artifactsReport, cancellationToken);
        string example = Path.Combine(Checkout.Root, "deploy", "inventory", "three-hosts.yml");
        await System.IO.File.WriteAllTextAsync(inventory, Fill(await System.IO.File.ReadAllTextAsync(example, cancellationToken), report), cancellationToken);
        if (!System.IO.File.Exists(VaultPasswordFile(folder)))
        {
            PrivateFile.Write(VaultPasswordFile(folder), RandomNumberGenerator.GetHexString(32) + "\n");
        }
    }

    /// <summary>The example with the lab's own variables.</summary>
    /// <exception cref="FoobarException">The example is not one for the lab's hosts.</exception>
    public static string Fill(string example, string artifactsReport)
    {
        foreach (LabMachine host in LabMachines.Hosts)
        {
            if (!example.Split('\n').Any(line => line.Trim().StartsWith($"{host.Name}: {{ansible_host: {host.Address}", StringComparison.Ordinal)))
            {
                throw new FoobarException($"deploy/inventory/three-hosts.yml has no host {host.Name} at {host.Address}, which is the lab's. Make the two agree.");
            }
        }

        string[] lines = example.Split('\n');
        int vars = Array.IndexOf(lines, Variables);
        if (vars < 0)
        {
            throw new FoobarException($"deploy/inventory/three-hosts.yml has no line '{Variables}' for variables of all hosts.");
        }

        string[] own =
        [
            $"    artifacts_report_file: {JsonSerializer.Serialize(artifactsReport)}",
            $"    dns_servers: [{LabMachines.Repository.Address}]",
            $"    alert_webhook_url: http://{LabMachines.Admin.Address}:9099/alerts",
        ];
        return string.Join('\n', [.. lines[..(vars + 1)], .. own, .. lines[(vars + 1)..]]);
    }
}
