using FooBar.BadInput.Tests.Support;

namespace FooBar.BadInput.Tests;

/// <summary>The script on a machine without the SDK; <c>dotnet</c> is played by a script.</summary>
public sealed class SdkTests
{
    private const string WayOut = "Install the package dotnet-sdk-10.0, or see https://dot.net/download, and put dotnet on PATH.";

    [Fact]
    public async Task Foobar_WithoutDotnet_SaysWhereToGetIt()
    {
        await using StateOfATest state = new();
        (await RunAsync(state, null)).AssertRefused($"the .NET 10 SDK is missing. {WayOut}");
    }

    [Fact]
    public async Task Foobar_WithARuntimeAlone_SaysThatItIsNone()
    {
        await using StateOfATest state = new();
        (await RunAsync(state, "exit 0")).AssertRefused($"the .NET 10 SDK is missing: {state.Beside("path/dotnet")} has a runtime at most. {WayOut}");
    }

    [Fact]
    public async Task Foobar_WithOlderSdks_NamesThem()
    {
        await using StateOfATest state = new();
        (await RunAsync(state, "echo '8.0.404 [/usr/share/dotnet/sdk]'; echo '9.0.100 [/usr/share/dotnet/sdk]'"))
            .AssertRefused($"the .NET 10 SDK is missing: {state.Beside("path/dotnet")} has 8.0.404 9.0.100. {WayOut}");
    }

    [Fact]
    public async Task Foobar_WithADotnetThatIsBroken_SaysTheSame()
    {
        await using StateOfATest state = new();
        (await RunAsync(state, "echo 'no such library' >&2; exit 131")).AssertRefused($"the .NET 10 SDK is missing: {state.Beside("path/dotnet")} has a runtime at most. {WayOut}");
    }

    /// <summary>Calls the script with a PATH of its own: what the script itself needs, and that dotnet.</summary>
    private static async Task<FoobarResult> RunAsync(StateOfATest state, string? dotnet)
    {
        string path = state.Beside("path");
        Directory.CreateDirectory(path);
        foreach (string tool in (string[])["sh", "dirname", "sed", "cat"])
        {
            File.CreateSymbolicLink(Path.Combine(path, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        }

        if (dotnet is not null)
        {
            string program = Path.Combine(path, "dotnet");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\n{dotnet}\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return await Foobar.RunAsync("/bin/sh", [Foobar.Script, "up", "--state", state.Path], new() { ["PATH"] = path });
    }
}
