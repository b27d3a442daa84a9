using System.Globalization;

namespace FooBar.LoadBalancer.Limits;

/// <summary>The memory of this process's control group, version 2 (cgroups(7)): what systemd's <c>MemoryMax=</c> and containers limit.</summary>
internal static class ControlGroup
{
    private const string Root = "/sys/fs/cgroup";
    private const string Own = "/proc/self/cgroup";

    /// <summary>Of the fullest group above this process that has a limit; null if there is none.</summary>
    public static MemoryUse? Memory() => Memory(Root, Own);

    /// <summary>The same, of a tree elsewhere.</summary>
    internal static MemoryUse? Memory(string root, string own)
    {
        try
        {
            // "0::/system.slice/foobar-gateway.service"; the lines of version 1 begin with other numbers.
            string? path = File.ReadLines(own).FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
            MemoryUse? fullest = null;
            for (; path is not null; path = Path.GetDirectoryName(path))
            {
                MemoryUse? group = Of(Path.Join(root, path));
                if (group is not null && (fullest is null || group.Value.Share > fullest.Value.Share))
                    fullest = group;
            }

            return fullest;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Hidden from this process, as by some sandboxes.
            return null;
        }
    }

    private static MemoryUse? Of(string folder)
    {
        string limits = Path.Join(folder, "memory.max");
        if (!File.Exists(limits) || !TryRead(File.ReadAllText(limits), out long limit))
            return null;

        // Files that were read and can be forgotten at any time count as used there.
        string? inactive = File.ReadLines(Path.Join(folder, "memory.stat")).FirstOrDefault(line => line.StartsWith("inactive_file ", StringComparison.Ordinal));
        _ = TryRead(inactive?["inactive_file ".Length..] ?? "", out long cached);
        return TryRead(File.ReadAllText(Path.Join(folder, "memory.current")), out long used) ? new MemoryUse(used - cached, limit) : null;
    }

    /// <summary>A number and nothing else; "max" is none.</summary>
    private static bool TryRead(string text, out long value) => long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
