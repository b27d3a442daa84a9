using System.Globalization;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>The processes of a host, found by its cgroup.</summary>
internal sealed class HostProcesses(string group, LabMachine host)
{
    // The hybrid layout's first, whose second holds the same; then the unified one's.
    private static readonly string[] Hierarchies = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup"];

    /// <summary>The first process of the host's system; null when the power is off, or was just switched on.</summary>
    public ProcessIdentity? Leader() => Ids("payload").Where(IsFirstOfItsNamespace).Select(ProcessIdentity.Of).FirstOrDefault(process => process is not null);

    /// <summary>Whether anything of the host runs, the program that holds it included.</summary>
    public bool Any() => Ids(string.Empty).Any();

    private IEnumerable<int> Ids(string below)
    {
        string? folder = Hierarchies.Select(hierarchy => Path.Combine(hierarchy, group, host.Name, below)).FirstOrDefault(Directory.Exists);
        if (folder is null)
        {
            return [];
        }

        try
        {
            return
            [
                .. Directory.EnumerateFiles(folder, "cgroup.procs", SearchOption.AllDirectories).SelectMany(File.ReadAllLines)
                    .Select(line => int.Parse(line, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            // A cgroup went away while we looked: a service of the host ended, or all of it did.
            return Directory.Exists(folder) ? Ids(below) : [];
        }
    }

    /// <summary>By NSpid of proc(5): the ids that a process has in its namespaces, the innermost last.</summary>
    private static bool IsFirstOfItsNamespace(int id)
    {
        try
        {
            return File.ReadLines($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/status").FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal))?.EndsWith("\t1", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
