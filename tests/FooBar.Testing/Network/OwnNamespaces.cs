using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FooBar.Testing;

/// <summary>
/// A test program with mounts and a network of its own, without root: unshare(1). It is begun anew inside rather than its servers alone, so that the
/// tests' own connections are real ones through that network, and everything ends with the processes in it.
/// </summary>
public static partial class OwnNamespaces
{
    /// <summary>The environment variable that says that a program is inside, and the signal that it gets when its parent dies; without it, a program that is started from inside makes its own.</summary>
    public const string Variable = "FOOBAR_TEST_NAMESPACES";

    private const string HomeVariable = "FOOBAR_NETWORK_HOME";
    private const int SetParentDeathSignal = 1;
    private const int GetParentDeathSignal = 2;

    private static readonly string[] Unshare = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--"];

    /// <summary>Why this program is not inside, for a test that is skipped then; null inside.</summary>
    public static string? Refusal { get; private set; } = Environment.GetEnvironmentVariable(Variable) is null ? "The program was not begun anew by its Main." : null;

    /// <summary>
    /// To be called first of all by Main: begins the program anew inside, as the same process, so that its id, its parent and its output stay. Returns
    /// inside, and where the machine has no such namespaces for an ordinary user or FOOBAR_NETWORK_HOME is not set.
    /// </summary>
    public static void Enter(string[] arguments)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(HomeVariable))) return;
        if (Refusal is null)
        {
            // The kernel forgets it when the user namespace changes.
            _ = SetSignal(SetParentDeathSignal, int.Parse(Environment.GetEnvironmentVariable(Variable)!, CultureInfo.InvariantCulture), 0, 0, 0);
            RunAsync(NetworkTool("ip"), ["link", "set", "lo", "up"]).GetAwaiter().GetResult();
            return;
        }

        (int exitCode, string output) = TestProcess.RunAsync(Unshare[0], [.. Unshare[1..], "true"], CancellationToken.None).GetAwaiter().GetResult();
        if (exitCode != 0)
        {
            Refusal = $"This machine gives no user namespaces to ordinary users, so nothing was tested here: {output.Trim()}";
            return;
        }

        _ = GetSignal(GetParentDeathSignal, out int signal, 0, 0, 0);
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileName(program) == "dotnet" ? [program, Environment.GetCommandLineArgs()[0]] : [program];
        string?[] command = [.. Unshare, "env", string.Create(CultureInfo.InvariantCulture, $"{Variable}={signal}"), .. self, .. arguments, null];
        _ = Execute(command[0]!, command);
        throw new Win32Exception(Marshal.GetLastPInvokeError(), "unshare could not be run");
    }

    /// <summary>Whether the users here are root alone, who is somebody else outside: no other can be had, and root is nobody to be afraid of.</summary>
    internal static bool IsRootAlone { get; } = Environment.IsPrivilegedProcess
        && File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, _, "1"];

    /// <summary>Runs a program of the machine's to its end.</summary>
    internal static async Task RunAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        if (Refusal is not null) throw new InvalidOperationException(Refusal);
        (int exitCode, string output) = await TestProcess.RunAsync(program, arguments, CancellationToken.None, input: input);
        if (exitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exitCode}: {output}\n{input}");
    }

    /// <summary>The path of <c>ip</c> or <c>nft</c>.</summary>
    /// <exception cref="InvalidOperationException">Nobody said where they are; the message says what to do.</exception>
    public static string NetworkTool(string name)
    {
        string? home = Environment.GetEnvironmentVariable(HomeVariable);
        return string.IsNullOrEmpty(home)
            ? throw new InvalidOperationException("This test needs ip and nft: run ./foobar test data, or set FOOBAR_NETWORK_HOME to the folder that holds bin/ip and bin/nft.")
            : Path.Combine(home, "bin", name);
    }

    [LibraryImport("libc", EntryPoint = "execvp", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string file, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int GetSignal(int option, out int signal, nint unused3, nint unused4, nint unused5);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int SetSignal(int option, nint signal, nint unused3, nint unused4, nint unused5);
}
