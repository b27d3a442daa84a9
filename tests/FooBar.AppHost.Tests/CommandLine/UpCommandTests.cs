using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.CommandLine;

/// <summary>How far <c>up</c> comes before it starts anything. A port is always taken, so that none of these calls ever does.</summary>
public sealed class UpCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly string _takenPort;

    public UpCommandTests()
    {
        _other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _other.Listen();
        _takenPort = ((IPEndPoint)_other.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    private string State => _folder["state"];

    private string PortIsTaken => $"foobar: Port {_takenPort}, for the gateway's HTTPS, is in use by {File.ReadAllText("/proc/self/comm").Trim()} (pid {Environment.ProcessId}). Stop that one, or move every port with --port-offset 1000.";

    public void Dispose()
    {
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("--detach")]
    [InlineData("-d")]
    public async Task Up_WithAPortThatIsTaken_IsOneLineAndLeavesNothingInTheWayOfTheNext(params string[] options)
    {
        (await UpAsync(options)).AssertFailed(1, PortIsTaken);

        // Neither a lock nor half a folder: the next one comes exactly as far.
        (await UpAsync(options)).AssertFailed(1, PortIsTaken);
        (await Foobar.RunAsync("status", "--state", State)).AssertFailed(1, $"foobar: nothing is up in {State}. Start it with ./foobar up.");
        FoobarResult down = await Foobar.RunAsync("down", "--state", State);
        down.AssertDone();
        Assert.Equal($"Nothing was running in {State}.\n", down.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("--detach")]
    public async Task Up_WhereAFileLies_IsRefused(params string[] options)
    {
        _folder.Write("state", "a file");

        (await UpAsync(options)).AssertFailed(1, $"foobar: The state folder {State} cannot be written: The file '{State}' already exists. Give another one with --state.");
        Assert.Equal("a file", File.ReadAllText(State));
    }

    [Fact]
    public async Task Up_WhereNobodyMayWrite_IsRefused()
    {
        FoobarResult result = await Foobar.RunAsync("up", "--https-port", _takenPort, "--state", "/sys/foobar");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.Matches("^foobar: The state folder /sys/foobar cannot be written: .* Give another one with --state\\.\n$", result.Error);
    }

    [Fact]
    public async Task Up_InAFolderOfSomethingElse_IsRefused()
    {
        string thesis = _folder.Write("state/thesis.txt", "my life's work");

        (await UpAsync()).AssertFailed(1, $"foobar: {State} is not empty and not a state folder of foobar. Give another one with --state.");
        Assert.Equal([thesis], Directory.GetFileSystemEntries(State));
    }

    [Theory]
    [InlineData]
    [InlineData("--detach")]
    public async Task Up_OfDatabasesThatReplicateInTheOtherWay_IsRefused(params string[] options)
    {
        new StateFolder(State).Create();
        _folder.Write("state/db-1/data/ibdata1", "rows");
        _folder.Write("state/replication", "classic\n");

        (await UpAsync([.. options, "--replication", "group"])).AssertFailed(
            1,
            $"foobar: The databases in {State} are of --replication classic, and cannot be started as group. Leave the option out; or begin anew with ./foobar down --purge, which removes the data too; or give another folder with --state.");
        (await UpAsync(options)).AssertFailed(1, PortIsTaken);
        Assert.Equal("rows", File.ReadAllText(_folder["state/db-1/data/ibdata1"]));
    }

    [Fact]
    public async Task Up_WhereAnotherIsUp_NamesItsAddress()
    {
        StateFolder state = new(State);
        state.Create();
        using StateLock? held = StateLock.TryTake(state);
        new StackRecord(ProcessIdentity.Of(Environment.ProcessId), "running", "https://localhost:8443", null, []).Write(state);

        (await UpAsync()).AssertFailed(1, $"foobar: www.foobar.com is already up or starting in {State}: https://localhost:8443. See ./foobar status; ./foobar down stops it.");
    }

    [Fact]
    public async Task Up_WhereAnotherIsJustStarting_SaysSo()
    {
        StateFolder state = new(State);
        state.Create();
        using StateLock? held = StateLock.TryTake(state);

        (await UpAsync("--detach")).AssertFailed(1, $"foobar: www.foobar.com is already up or starting in {State}. See ./foobar status; ./foobar down stops it.");
    }

    [Theory]
    [InlineData]
    [InlineData("--detach")]
    public async Task Up_WhileDatabasesOfAKilledStackStillEnd_SaysSo(params string[] options)
    {
        StateFolder state = new(State);
        state.Create();
        ProcessIdentity us = ProcessIdentity.Of(Environment.ProcessId)!;
        new StackRecord(
            new ProcessIdentity(int.MaxValue, 1),
            "running",
            "https://localhost:8443",
            null,
            [new ChildRecord("web-1", "web", null, null, null, 0, new ProcessIdentity(int.MaxValue, 2)), new ChildRecord("db-2", "db", null, null, "127.0.0.1", 13307, us)]).Write(state);

        (await UpAsync(options)).AssertFailed(1, $"foobar: db-2 of a stack that was killed still runs in {State} (pid {us.Id}). ./foobar down waits for its end; then start again.");
    }

    [Fact]
    public async Task Up_BelowAClosedFolder_IsRefusedToRootWhoseDatabasesCouldNotPass()
    {
        File.SetUnixFileMode(_folder.Path, Modes.OwnerOnlyFolder);

        FoobarResult result = await UpAsync();

        result.AssertFailed(1, Environment.IsPrivilegedProcess
            ? $"foobar: As root the databases run as the user nobody, who cannot pass through {_folder.Path}. Give a folder elsewhere with --state, such as /var/lib/foobar."
            : PortIsTaken);
        Assert.Equal(!Environment.IsPrivilegedProcess, Directory.Exists(State));
    }

    [Fact]
    public async Task Up_WithToolsThatOthersShare_MakesNoneOfItsOwn()
    {
        await Foobar.RunAsync(new Dictionary<string, string> { ["FOOBAR_TOOLS"] = _folder["shared"] }, "up", "--https-port", _takenPort, "--state", State);

        Assert.True(Directory.Exists(_folder["shared"]));
        Assert.False(Directory.Exists(Path.Combine(State, "tools")));
    }

    private Task<FoobarResult> UpAsync(params string[] options) => Foobar.RunAsync(["up", .. options, "--https-port", _takenPort, "--state", State]);
}
