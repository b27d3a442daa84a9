using System.Globalization;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Machine;

/// <summary>
/// Who listens on a TCP port, as far as the kernel tells us: the processes of other users keep it to themselves. Reads /proc/net/tcp, proc(5);
/// a process that ends meanwhile is simply not found.
/// </summary>
internal static class PortOwner
{
    // The state TCP_LISTEN in the fourth column.
    private const string Listening = "0A";

    /// <summary>
    /// The owner in words that go on "is in use by": a stack with its folder, a program with its id, or "another program"; and the way to stop it,
    /// which begins a sentence.
    /// </summary>
    public static (string Who, string WayOut) Describe(int port)
    {
        if (ProcessOf(port) is not { } process)
        {
            return ("another program", "Stop that one");
        }

        if (StackOf(process) is { } stack)
        {
            string state = stack.State.Path.Any(character => !(char.IsAsciiLetterOrDigit(character) || "/._-+,:@%".Contains(character, StringComparison.Ordinal)))
                ? $"'{stack.State.Path.Replace("'", "'\\''", StringComparison.Ordinal)}'"
                : stack.State.Path;
            return ($"the stack in {stack.State.Path} ({stack.Url})", $"Stop it with ./foobar down --state {state}");
        }

        return ($"{NameOf(process)} (pid {process.ToString(CultureInfo.InvariantCulture)})", "Stop that one");
    }

    private static int? ProcessOf(int port)
    {
        HashSet<string> sockets = [.. ((string[])["/proc/net/tcp", "/proc/net/tcp6"]).Where(File.Exists).SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[9]}]")];
        return sockets.Count == 0 ? null : Processes().Cast<int?>().FirstOrDefault(process => Holds(process!.Value, sockets));
    }

    private static IEnumerable<int> Processes() =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static bool Holds(int process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The stack that the process belongs to: it, or who started it, is the supervisor that the record in the folder names.</summary>
    private static (StateFolder State, string Url)? StackOf(int process)
    {
        for (int? ancestor = process; ancestor is { } id and > 1; ancestor = ParentOf(id))
        {
            string[] command = Read(id, "cmdline").Split('\0');
            int up = Array.IndexOf(command, "up");
            if (up < 1 || Path.GetFileName(command[up - 1]) != "foobar.dll")
            {
                continue;
            }

            try
            {
                int option = Array.IndexOf(command, "--state");
                string folder = option >= 0 && option + 1 < command.Length
                    ? Path.Combine(new FileInfo($"/proc/{id}/cwd").LinkTarget ?? "/", command[option + 1])
                    : Checkout.DefaultState();
                StateFolder state = new(folder);
                return StackRecord.ReadLiving(state) is { } record && record.Supervisor!.Id == id ? (state, record.Url) : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        return null;
    }

    private static int? ParentOf(int process)
    {
        string stat = Read(process, "stat");
        return stat.Length == 0 ? null : int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string NameOf(int process) => Read(process, "comm").Trim() is { Length: > 0 } name ? name : "a program";

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
