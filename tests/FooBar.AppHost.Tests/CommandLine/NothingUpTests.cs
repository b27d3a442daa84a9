namespace FooBar.AppHost.Tests.CommandLine;

/// <summary>The commands on a state folder where nothing runs: none at all, an empty one, or something that is no folder.</summary>
public sealed class NothingUpTests : IDisposable
{
    private const string NothingAsJson = """
        {
          "gateway": null,
          "web": [],
          "db": [],
          "prometheus": null,
          "alertmanager": null
        }

        """;

    private readonly TemporaryFolder _folder = new();

    private string State => _folder["state"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Status_OfNothing_SaysHowToStartIt()
    {
        (await RunAsync("status")).AssertFailed(1, $"foobar: nothing is up in {State}. Start it with ./foobar up.");
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task StatusJson_OfNothing_IsTheWholeShapeEmpty()
    {
        FoobarResult result = await RunAsync("status", "--json");

        Assert.Equal(new FoobarResult(1, NothingAsJson, $"foobar: nothing is up in {State}. Start it with ./foobar up.\n"), result);
    }

    [Fact]
    public async Task Gateway_OfNothing_SaysHowToStartIt()
    {
        (await RunAsync("gateway", "drain", "web-1")).AssertFailed(
            1, $"foobar: nothing is up in {State}. Start it with ./foobar up; or name a gateway that runs elsewhere with --admin.");
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task Logs_OfNothing_SaysHowToStartIt()
    {
        (await RunAsync("logs")).AssertFailed(1, $"foobar: There are no logs in {State}: nothing was started there yet. Start it with ./foobar up.");
        (await RunAsync("logs", "web-1")).AssertFailed(1, $"foobar: There are no logs in {State}: nothing was started there yet. Start it with ./foobar up.");
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task Status_WhereAFileLies_SaysThatNothingIsUp()
    {
        _folder.Write("state", "a file");

        (await RunAsync("status")).AssertFailed(1, $"foobar: nothing is up in {State}. Start it with ./foobar up.");
        Assert.Equal("a file", File.ReadAllText(State));
    }

    [Fact]
    public async Task Down_OfNothing_SaysThatNothingWasRunning()
    {
        FoobarResult result = await RunAsync("down");

        result.AssertDone();
        Assert.Equal($"Nothing was running in {State}.\n", result.Output);
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task Purge_OfNothing_SaysThatThereWasNothing()
    {
        FoobarResult result = await RunAsync("down", "--purge");

        result.AssertDone();
        Assert.Equal($"There was nothing to remove: {State} does not exist.\n", result.Output);
    }

    [Fact]
    public async Task Down_WhereAFileLies_LeavesItAlone()
    {
        _folder.Write("state", "a file");

        (await RunAsync("down")).AssertDone();
        (await RunAsync("down", "--purge")).AssertDone();
        Assert.Equal("a file", File.ReadAllText(State));
    }

    [Fact]
    public async Task Purge_OfAFolderOfSomethingElse_IsRefused()
    {
        string thesis = _folder.Write("state/thesis.txt", "my life's work");

        (await RunAsync("down", "--purge")).AssertFailed(1, $"foobar: {State} is not a state folder of foobar; it was left as it is.");
        Assert.True(File.Exists(thesis));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("down")]
    public async Task Command_OnAFolderThatCannotBeRead_IsOneLine(params string[] command)
    {
        // A folder where a file belongs: not even root can read that.
        string record = Directory.CreateDirectory(Path.Combine(State, "run", "stack.json")).FullName;

        (await RunAsync(command)).AssertFailed(1, $"foobar: Access to the path '{record}' is denied. It is another user's, or closed to you: give it back with chown and chmod, or give another folder with --state.");
    }

    private Task<FoobarResult> RunAsync(params string[] command) => Foobar.RunAsync([.. command, "--state", State]);
}
