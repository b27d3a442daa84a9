using System.Globalization;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Machine;

/// <summary>What a stack writes, and whether the disk has the room for it.</summary>
internal static class DiskSpace
{
    /// <summary>Bytes for the downloaded programs, packages and what is unpacked from them.</summary>
    public const long Tools = 1_500_000_000;

    /// <summary>Bytes for one member's data folder with its logs, as it is made and for its first days.</summary>
    public const long Member = 300_000_000;

    /// <summary>Bytes below which even a stack that has everything does not start: databases that find no room end themselves.</summary>
    public const long Running = 200_000_000;

    // So little that it is the reason why a write failed. Programs say it in many words, or not at all.
    private const long Full = 16_000_000;

    /// <exception cref="FoobarException">The disk of the state folder, or of the tools where they lie elsewhere, has too little room.</exception>
    public static void Check(StateFolder state, int members)
    {
        bool hasTools = Directory.Exists(Path.Combine(state.Tools, "mysql")) || Environment.GetEnvironmentVariable("FOOBAR_MYSQL_HOME") is { Length: > 0 };
        long data = Running + (Member * Enumerable.Range(1, members).Count(number => !Directory.Exists(Path.Combine(state.Member(number), "data"))));
        if (hasTools)
        {
            Require(state.Path, data);
        }
        else if (Path.GetFullPath(state.Tools).StartsWith(state.Path + "/", StringComparison.Ordinal))
        {
            Require(state.Path, data + Tools);
        }
        else
        {
            Require(state.Path, data);
            Require(state.Tools, Tools);
        }
    }

    /// <summary>The failure of a write below the folder: that the disk is full, when it is; else as it was.</summary>
    public static FoobarException Explain(string folder, FoobarException failure) => Available(folder) < Full ? Error(folder, failure) : failure;

    /// <summary>Whether the write failed for want of room: ENOSPC, or EDQUOT of a user's quota.</summary>
    public static bool Caused(IOException failure) => (failure.HResult & 0xFFFF) is 28 or 122;

    /// <summary>Whether there is no room left in the folder.</summary>
    public static bool IsFull(string folder) => Available(folder) < Full;

    /// <summary>Looks every second until there is no room left in the folder, or the token ends it.</summary>
    /// <exception cref="FoobarException">The disk is full.</exception>
    public static async Task ThrowWhenFullAsync(string folder, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (!IsFull(folder))
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        throw Error(folder, new IOException("No space left on device"));
    }

    /// <summary>The line for a disk that filled up while we wrote into the folder.</summary>
    public static FoobarException Error(string folder, Exception cause) =>
        new($"The disk of {Known(folder)} is full. Free some and run it again, or give a folder on another disk with --state: a first start needs {Text(Tools + (3 * Member) + Running)} GB there, a later one {Text(Running)} GB.", cause);

    /// <summary>Whoever writes below a state folder, people know it by that one.</summary>
    private static string Known(string folder) =>
        Path.GetDirectoryName(folder) is { } parent && File.Exists(Path.Combine(parent, "version")) && Directory.Exists(Path.Combine(parent, "run")) ? parent : folder;

    private static void Require(string folder, long needed)
    {
        long available = Available(folder);
        if (available < needed)
        {
            throw new FoobarException($"The disk of {folder} has {Text(available)} GB free; this start needs {Text(needed)} GB there. Free some, or give a folder on another disk with --state.");
        }
    }

    /// <summary>Bytes that we may still write below the folder, which need not be there yet.</summary>
    private static long Available(string folder)
    {
        string existing = folder;
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing)!;
        }

        return new DriveInfo(existing).AvailableFreeSpace;
    }

    private static string Text(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture);
}
