using System.Globalization;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Bare;

/// <summary>Everything by which a lab can be seen on the machine, taken while it is up.</summary>
/// <param name="Group">Its cgroup's name.</param>
/// <param name="Processes">Its guard and all that came from it.</param>
/// <param name="Namespaces">The namespaces of those that are not the machine's own.</param>
internal sealed record LabTraces(string Group, IReadOnlyList<ProcessIdentity> Processes, IReadOnlySet<string> Namespaces)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly string[] Kinds = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];

    public static LabTraces Of(RunningLab lab)
    {
        Dictionary<int, int> parents = Ids().Select(id => (Id: id, Parent: ParentOf(id))).Where(pair => pair.Parent is not null).ToDictionary(pair => pair.Id, pair => pair.Parent!.Value);
        ProcessIdentity[] processes = [.. parents.Keys.Where(id => ComesFrom(id, lab.Guard.Id, parents)).Select(ProcessIdentity.Of).OfType<ProcessIdentity>()];
        HashSet<string> own = [.. NamespacesOf(Environment.ProcessId)];
        return new LabTraces(lab.Group, processes, processes.SelectMany(process => NamespacesOf(process.Id)).Where(space => !own.Contains(space)).ToHashSet());
    }

    /// <summary>Asserts that nothing of it is left, or will be in a moment: the kernel takes one to end a hundred processes.</summary>
    public async Task AssertGoneAsync(LabFolder folder, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (Left(folder).Any() && TimeProvider.System.GetElapsedTime(began) < Deadline)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }

        Assert.Empty(Left(folder));
    }

    private IEnumerable<string> Left(LabFolder folder) =>
    [
        .. Processes.Where(process => process.IsAlive).Select(process => $"process {process.Id}"),
        .. Ids().SelectMany(NamespacesOf).Where(Namespaces.Contains).Distinct().Select(space => $"namespace {space}"),
        .. Directory.EnumerateDirectories("/sys/fs/cgroup", Group, SearchOption.AllDirectories).Select(group => $"cgroup {group}"),
        .. File.ReadLines("/proc/self/mountinfo").Where(mount => mount.Contains(folder.Path, StringComparison.Ordinal) || mount.Contains("foobar-lab", StringComparison.Ordinal)).Select(mount => $"mount {mount}"),
        .. ((string[])["/run/netns", "/etc/netns"]).Where(Directory.Exists).SelectMany(place => LabMachines.All.Select(machine => Path.Combine(place, machine.Name))).Where(Path.Exists),
        .. Directory.Exists(folder.Run) ? [folder.Run] : Array.Empty<string>(),
    ];

    private static bool ComesFrom(int id, int ancestor, Dictionary<int, int> parents) =>
        id == ancestor || (parents.TryGetValue(id, out int parent) && ComesFrom(parent, ancestor, parents));

    private static IEnumerable<int> Ids() =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static int? ParentOf(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<string> NamespacesOf(int id) =>
        Kinds.Select(kind => new FileInfo($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/ns/{kind}")).Select(Target).OfType<string>();

    private static string? Target(FileInfo link)
    {
        try
        {
            return link.LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
