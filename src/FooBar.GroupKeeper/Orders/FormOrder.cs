using FooBar.GroupKeeper.Decisions;

namespace FooBar.GroupKeeper.Orders;

/// <summary>
/// An operator's order to form the group without members that are lost for good: a file in <c>Keeper:StatePath</c> that the running
/// process reads once and removes. It is good for <see cref="Lifetime"/>, so that none lies in wait for the next outage.
/// </summary>
/// <param name="Without">The places of the members.</param>
internal sealed record FormOrder(IReadOnlySet<int> Without)
{
    /// <summary>How long an order is good for: enough for the last of the others to answer.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const string FileName = "form-without";

    /// <summary>Leaves an order for the process that runs.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Leave(string folder, string names)
    {
        // Whole or not at all: the process that runs may look at any moment.
        string path = Path.Combine(folder, FileName);
        File.WriteAllText(path + ".new", names + "\n");
        if (!OperatingSystem.IsWindows())
        {
            // Written by root, whose files the process could not read otherwise. It is no secret.
            File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Takes the order that was left, if there is one, and removes it. Otherwise returns null.</summary>
    /// <exception cref="IOException">It cannot be read or removed.</exception>
    public static string? Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        string names = File.ReadAllText(path).Trim();
        File.Delete(path);
        return names;
    }

    /// <summary>Reads an order's names, between commas; the mistake says what is wrong with them.</summary>
    public static (FormOrder? Order, string? Mistake) Read(string names, Membership group)
    {
        string[] each = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int[] without = [.. each.Select(name => group.Names.ToList().IndexOf(name))];
        int unknown = Array.IndexOf(without, -1);
        return each.Length == 0 ? (null, $"an order to form the group names nobody; it must name members of the group, e.g. {group.Names[^1]}")
            : unknown >= 0 ? (null, $"'{each[unknown]}' is no member of the group; these are: {string.Join(", ", group.Names)}")
            : without.Contains(group.Own) ? (null, $"{group.Name(group.Own)} is the member that is kept here; give the order on the hosts that are left")
            : (new FormOrder(without.ToHashSet()), null);
    }
}
