namespace FooBar.BadInput.Tests.Support;

/// <summary>
/// A call of the command on a machine of its own making: no network but loopback, mounts of its own; by unshare(1), without root. Inside, the
/// command is an ordinary user again, since as root it would run the databases as a user that the namespace does not have.
/// </summary>
internal static class Namespaces
{
    /// <summary>Runs the command there.</summary>
    /// <param name="setup">Shell commands of the namespace's root before the call, such as mounts.</param>
    /// <param name="environment">Added to the environment.</param>
    /// <param name="arguments">The command's arguments.</param>
    public static Task<FoobarResult> RunAsync(string setup, Dictionary<string, string?> environment, params string[] arguments) =>
        RunProgramAsync(setup, environment, Foobar.Script, arguments);

    /// <summary>Runs another program there.</summary>
    public static Task<FoobarResult> RunProgramAsync(string setup, Dictionary<string, string?> environment, string program, params string[] arguments) =>
        RunAsync(["--net"], $"ip link set lo up; {setup}", string.Empty, environment, [program, .. arguments]);

    /// <summary>Runs the command with mounts of its own and with this machine's network; <paramref name="after"/> are commands for when it has ended.</summary>
    public static Task<FoobarResult> RunWithNetworkAsync(string setup, string after, Dictionary<string, string?> environment, params string[] arguments) =>
        RunAsync([], setup, after, environment, [Foobar.Script, .. arguments]);

    private static async Task<FoobarResult> RunAsync(string[] more, string setup, string after, Dictionary<string, string?> environment, string[] call)
    {
        await RequireAsync();
        int user = Environment.IsPrivilegedProcess ? 1000 : int.Parse((await Foobar.RunAsync("id", ["-u"])).Output, null);
        string script = $"set -e; {setup}\ncode=0; unshare --user --map-user={user} --map-group={user} \"$@\" || code=$?\n{after}\nexit $code";
        return await Foobar.RunAsync("unshare", ["--map-root-user", "--mount", .. more, "sh", "-c", script, "sh", .. call], environment);
    }

    private static async Task RequireAsync()
    {
        FoobarResult tried = await Foobar.RunAsync("unshare", ["--map-root-user", "--mount", "--net", "ip", "link", "set", "lo", "up"]);
        Assert.SkipUnless(tried.ExitCode == 0, $"This machine gives no user namespaces to ordinary users, or has no ip command, so nothing was tested here: {tried.Error.Trim()}");
    }
}
