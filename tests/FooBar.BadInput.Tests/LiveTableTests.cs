using System.Text.RegularExpressions;
using FooBar.BadInput.Tests.Support;

namespace FooBar.BadInput.Tests;

/// <summary>What a person sees of a process that dies, in the terminal in which the site runs.</summary>
public sealed class LiveTableTests
{
    [Fact]
    public async Task Table_ProcessKilled_SaysWhatHappenedAndCountsTheRestart()
    {
        await using StateOfATest state = new();
        await using Terminal terminal = await Terminal.StartAsync(Foobar.Script, state.Up(), []);
        await terminal.SeesAsync(new Regex(@"Ctrl-C stops everything\."));

        (await Foobar.RunAsync(["fault", "kill", "web-1", "--state", state.Path])).AssertDone();

        await terminal.SeesAsync(new Regex("web-1 was killed.*; it is started again at once"));
        await terminal.SeesAsync(new Regex(@"web-1 was started again \(pid [0-9]+, restart 1\)"));
        await terminal.SeesAsync(new Regex(@"web-1 .* ready .* [0-9]+ +1 *\n"));
        terminal.Type("\x03");
        Assert.Equal(0, await terminal.EndAsync());
        Foobar.AssertNothingRunsIn(state.Path);
    }
}
