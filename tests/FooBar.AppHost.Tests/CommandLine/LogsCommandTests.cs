using System.Diagnostics;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.CommandLine;

public sealed class LogsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public LogsCommandTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
        File.WriteAllText(_state.Log("gateway"), """{"timestamp":"2026-03-04T12:00:02Z","level":"Information","message":"second"}""" + "\n");
        File.WriteAllText(_state.Log("db-1"), "2026-03-04T12:00:01.000000Z 0 [System] first\n2026-03-04T12:00:03.000000Z 0 [System] third\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Logs_OfAll_AreOneStoryInOrder()
    {
        FoobarResult result = await Foobar.RunAsync("logs", "--state", _state.Path);

        result.AssertDone();
        Assert.Equal(
            """
            12:00:01.000 db-1       0 [System] first
            12:00:02.000 gateway    INF second
            12:00:03.000 db-1       0 [System] third

            """,
            result.Output);
    }

    [Fact]
    public async Task Logs_OfOne_AreItsOwnLines()
    {
        FoobarResult result = await Foobar.RunAsync("logs", "gateway", "--state", _state.Path);

        result.AssertDone();
        Assert.Equal("12:00:02.000 gateway    INF second\n", result.Output);
    }

    [Fact]
    public async Task Logs_OfALongStory_AreItsLastHundredLines()
    {
        File.WriteAllLines(_state.Log("gateway"), Enumerable.Range(1, 500).Select(number => $"line {number}"));

        FoobarResult result = await Foobar.RunAsync("logs", "gateway", "--state", _state.Path);

        Assert.Equal(Enumerable.Range(401, 100).Select(number => $"line {number}"), result.Output.Split('\n')[..^1].Select(line => line[^"line 000".Length..]));
    }

    [Fact]
    public async Task Logs_OfAProcessThatIsNotThere_NameThoseThatAre()
    {
        (await Foobar.RunAsync("logs", "web-7", "--state", _state.Path)).AssertFailed(1, "foobar: There is no process called 'web-7'. Choose one of db-1, gateway.");
    }

    [Fact]
    public async Task Logs_FollowedByAReaderThatHasSeenEnough_EndWithTheNextLine()
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        using Process process = await Foobar.StartAsync([], "logs", "gateway", "--follow", "--state", _state.Path);
        Assert.Equal("12:00:02.000 gateway    INF second", await process.StandardOutput.ReadLineAsync(deadline.Token));

        // As head -n 1 does, or grep -m 1.
        process.StandardOutput.Close();
        File.AppendAllText(_state.Log("gateway"), "a line for nobody\n");

        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(string.Empty, await process.StandardError.ReadToEndAsync(deadline.Token));
    }

    [Theory]
    [InlineData(2)] // SIGINT: Ctrl-C.
    [InlineData(Signals.Term)]
    public async Task Logs_Followed_ShowNewLinesUntilTheSignal(int signal)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        using Process process = await Foobar.StartAsync([], "logs", "gateway", "--follow", "--state", _state.Path);
        Assert.Equal("12:00:02.000 gateway    INF second", await process.StandardOutput.ReadLineAsync(deadline.Token));

        File.AppendAllText(_state.Log("gateway"), """{"timestamp":"2026-03-04T12:00:04Z","level":"Information","message":"fourth"}""" + "\n");
        Assert.Equal("12:00:04.000 gateway    INF fourth", await process.StandardOutput.ReadLineAsync(deadline.Token));

        Signals.Send(process.Id, signal);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(string.Empty, await process.StandardOutput.ReadToEndAsync(deadline.Token) + await process.StandardError.ReadToEndAsync(deadline.Token));
    }
}
