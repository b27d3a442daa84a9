using System.Runtime.InteropServices;

namespace FooBar.AppHost.Processes;

/// <summary>Signals and sessions, straight from the C library; .NET has no call for them.</summary>
internal static partial class Signals
{
    public const int Term = 15;
    public const int Kill = 9;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal; a process that is gone is not an error.</summary>
    public static void Send(int processId, int signal) => _ = KillCore(processId, signal);

    /// <summary>Leaves the terminal's session, so that closing the terminal does not end a detached supervisor (setsid(2)).</summary>
    public static void LeaveSession() => _ = SetSidCore();

    /// <summary>
    /// Sets what new files may allow by default, umask(2). Private files are made with a mode of their own; under a root with umask 077
    /// everything else, the unpacked server among it, would be closed to the user that the databases run as.
    /// </summary>
    public static void SetCreationMask(int mask) => _ = UMaskCore(mask);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillCore(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSidCore();

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial int UMaskCore(int mask);
}
