using System.Globalization;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Tests.Processes;

public sealed class ToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OfACommand_CollectsBothOutputsAndTheExitCode()
    {
        ToolResult result = await ShellAsync("echo out; echo err >&2; exit 3");

        Assert.Equal(new ToolResult(3, "out\n", "err\n"), result);
    }

    [Fact]
    public async Task Run_OfACommand_IsASessionOfItsOwnThatTheTerminalCannotInterrupt()
    {
        ToolResult result = await ShellAsync("echo $$; cut -d ' ' -f 6 /proc/$$/stat");

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[0], lines[1]);
    }

    [Fact]
    public async Task Run_WithInput_GivesItToTheCommandAndEndsIt()
    {
        ToolResult result = await Tool.RunAsync("cat", [], TestContext.Current.CancellationToken, input: "zwölf\nlines\n");

        Assert.Equal(new ToolResult(0, "zwölf\nlines\n", string.Empty), result);
    }

    [Fact]
    public async Task Run_WithoutInput_GivesTheCommandAnEmptyOne()
    {
        Assert.Equal(new ToolResult(0, string.Empty, string.Empty), await Tool.RunAsync("cat", [], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Run_OfMuchMoreThanAPipeHoldsOnBothOutputs_DoesNotBlock()
    {
        ToolResult result = await ShellAsync("seq 1 100000; seq 1 100000 >&2");

        Assert.Equal(result.Output, result.Error);
        Assert.EndsWith("\n100000\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfACommandThatReadsNothingOfALongInput_ReturnsItsExitCode()
    {
        ToolResult result = await Tool.RunAsync("/bin/sh", ["-c", "exit 5"], TestContext.Current.CancellationToken, input: new string('x', 1_000_000));

        Assert.Equal(5, result.ExitCode);
    }

    [Fact]
    public async Task Run_InAFolderWithAnEnvironment_PassesBothOn()
    {
        ToolResult result = await Tool.RunAsync(
            "/bin/sh",
            ["-c", "pwd -P; echo \"$FOOBAR_TEST_TOOL\""],
            TestContext.Current.CancellationToken,
            workingDirectory: _folder.Path,
            environment: new Dictionary<string, string> { ["FOOBAR_TEST_TOOL"] = "it's here" });

        Assert.Equal($"{_folder.Path}\nit's here\n", result.Output);
    }

    [Fact]
    public async Task Run_OfAProgramThatIsMissing_EndsWith127AndNamesIt()
    {
        ToolResult result = await Tool.RunAsync("/nowhere/program", [], TestContext.Current.CancellationToken);

        Assert.Equal(127, result.ExitCode);
        Assert.Contains("/nowhere/program", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenCancelled_KillsTheWholeTree()
    {
        string ids = _folder["ids"];
        using CancellationTokenSource cancel = new();
        Task<ToolResult> run = Tool.RunAsync("/bin/sh", ["-c", $"sleep 1000 & echo $$ $! ready >'{ids}'; wait"], cancel.Token);
        ProcessIdentity[] tree = await ReadTreeAsync(ids);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Eventually.TrueAsync(() => !tree.Any(process => process.IsAlive), () => $"{tree.Count(process => process.IsAlive)} of {tree.Length} processes still live");
    }

    [Fact]
    public async Task Run_WhenCancelledWithACommandThatClosedItsInput_KillsIt()
    {
        string ids = _folder["ids"];
        using CancellationTokenSource cancel = new();
        Task<ToolResult> run = Tool.RunAsync("/bin/sh", ["-c", $"exec <&-; echo $$ ready >'{ids}'; exec sleep 1000"], cancel.Token, input: new string('x', 1_000_000));
        ProcessIdentity[] tree = await ReadTreeAsync(ids);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Eventually.TrueAsync(() => !tree.Any(process => process.IsAlive), () => "the command lives on");
    }

    [Fact]
    public async Task Run_WhenCancelledWhileABackgroundProcessHoldsTheOutput_Returns()
    {
        string ids = _folder["ids"];
        using CancellationTokenSource cancel = new();
        Task<ToolResult> run = Tool.RunAsync("/bin/sh", ["-c", $"sleep 1000 & echo $! $$ ready >'{ids}'"], cancel.Token);
        string[] left = (await Eventually.ContainsAsync(ids, "ready\n")).Split(' ');
        try
        {
            await Eventually.TrueAsync(() => ProcessIdentity.Of(int.Parse(left[1], CultureInfo.InvariantCulture)) is null, () => "the command has not ended");

            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }
        finally
        {
            Signals.Send(int.Parse(left[0], CultureInfo.InvariantCulture), Signals.Kill);
        }
    }

    [Fact]
    public async Task Run_WhenTheCallerDies_DiesToo()
    {
        string ids = _folder["ids"];
        await using HelperProcess caller = await HelperProcess.RunToolAsync($"echo $$ ready >'{ids}'; exec sleep 1000");
        ProcessIdentity[] tree = await ReadTreeAsync(ids);

        await caller.KillAsync();

        await Eventually.TrueAsync(() => !tree.Any(process => process.IsAlive), () => "the tool outlives its caller");
    }

    [Theory]
    [InlineData(1, "out\n", "first\nE: the cause \n\n", "E: the cause")]
    [InlineData(1, "one\nlast word\n", " \n", "last word")]
    [InlineData(9, "", "", "exit code 9")]
    public void Reason_OfAFailure_IsTheLastLineThatSaysSomething(int exitCode, string output, string error, string expected)
    {
        Assert.Equal(expected, new ToolResult(exitCode, output, error).Reason);
    }

    [Fact]
    public void Find_OfACommand_IsItsPathOrNull()
    {
        Assert.EndsWith("/sh", Tool.Find("sh"), StringComparison.Ordinal);
        Assert.Null(Tool.Find("no-such-command-anywhere"));
    }

    private static Task<ToolResult> ShellAsync(string script) => Tool.RunAsync("/bin/sh", ["-c", script], TestContext.Current.CancellationToken);

    private static async Task<ProcessIdentity[]> ReadTreeAsync(string file) =>
        [.. (await Eventually.ContainsAsync(file, "ready\n")).Split(' ')[..^1].Select(id => Assert.IsType<ProcessIdentity>(ProcessIdentity.Of(int.Parse(id, CultureInfo.InvariantCulture))))];
}
