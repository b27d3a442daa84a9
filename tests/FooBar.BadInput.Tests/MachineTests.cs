using FooBar.BadInput.Tests.Support;
using Catalogue = FooBar.Testing.Catalogue;

namespace FooBar.BadInput.Tests;

/// <summary>A machine that lacks something: memory, disk, network.</summary>
public sealed class MachineTests
{
    [Fact]
    public async Task Up_WithTooLittleMemory_SaysHowMuchIsNeeded()
    {
        await using StateOfATest state = new();
        string meminfo = state.Beside("meminfo");
        await File.WriteAllTextAsync(meminfo, "MemTotal:        2000000 kB\nMemFree:          100000 kB\n", TestContext.Current.CancellationToken);

        FoobarResult up = await Namespaces.RunAsync($"mount --bind {meminfo} /proc/meminfo", [], state.Up());

        up.AssertRefused("This machine has 2.0 GB of memory; the stack needs 4 GB. Run it on a machine that has them, or give this one more.");
        Foobar.AssertNothingRunsIn(state.Path);
    }

    [Fact]
    public async Task Up_WithTooLittleDisk_SaysHowMuchIsNeededWhere()
    {
        await using StateOfATest state = new();
        Directory.CreateDirectory(state.Path);

        FoobarResult up = await Namespaces.RunAsync($"mount -t tmpfs -o size=100m none {state.Path}", [], state.Up());

        up.AssertRefused($"The disk of {state.Path} has 0.1 GB free; this start needs 0.5 GB there. Free some, or give a folder on another disk with --state.");
    }

    [Fact]
    public async Task Up_WithTooLittleDiskForTheDownloads_CountsThemToo()
    {
        await using StateOfATest state = new();
        Directory.CreateDirectory(state.Path);

        FoobarResult up = await Namespaces.RunAsync($"mount -t tmpfs -o size=600m none {state.Path}", new() { ["FOOBAR_TOOLS"] = null }, state.Up());

        up.AssertRefused($"The disk of {state.Path} has 0.6 GB free; this start needs 2.0 GB there. Free some, or give a folder on another disk with --state.");
    }

    /// <summary>The moments at which the disk is full; a plain run takes one of them.</summary>
    public static TheoryData<string> FullDisks { get; } = [.. Catalogue.Choose(["while the database is made", "while the database starts", "in the middle of a download"], plain: 1)];

    [Theory]
    [MemberData(nameof(FullDisks))]
    public Task Up_WhoseDiskFillsUp_SaysSoAndTheNextOneWorks(string when) => when switch
    {
        "while the database is made" => FillWhileTheDatabaseIsMadeAsync(),
        "while the database starts" => FillWhileTheDatabaseStartsAsync(),
        _ => FillInTheMiddleOfADownloadAsync(),
    };

    private static async Task FillWhileTheDatabaseIsMadeAsync()
    {
        await using StateOfATest state = new();

        // Full as soon as the server begins to write.
        FoobarResult up = await SmallDisk.UpAsync(state, Path.Combine(state.Path, "db-1", "data.partial", "ibdata1"), state.Beside("filled"), []);

        await AssertFullAsync(up, state, []);
        Assert.True(Directory.Exists(Path.Combine(state.State.Member(1), "data")));
    }

    private static async Task FillWhileTheDatabaseStartsAsync()
    {
        await using StateOfATest state = new();

        // The server only waits for room from then on, or for ever: nothing that it is asked for fails by itself.
        FoobarResult up = await SmallDisk.UpAsync(state, Path.Combine(state.Path, "db-1", "data", "#innodb_temp"), state.Beside("filled"), []);

        await AssertFullAsync(up, state, []);
        Assert.True(File.Exists(state.Beside("filled")));
    }

    private static async Task FillInTheMiddleOfADownloadAsync()
    {
        await using StateOfATest state = new();
        await using Mirror mirror = await Mirror.StartAsync();
        Dictionary<string, string?> environment = mirror.Environment(state);
        mirror.Fault = Fault.Paused;
        string filled = state.Beside("filled");

        Task<FoobarResult> running = SmallDisk.UpAsync(state, state.Beside("half"), filled, environment);
        await Task.WhenAny(mirror.Stalled.Task, running);
        await File.WriteAllTextAsync(state.Beside("half"), string.Empty, TestContext.Current.CancellationToken);
        using (PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20), TimeProvider.System))
        {
            while (!File.Exists(filled) && !running.IsCompleted)
            {
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }

        mirror.Resume.SetResult();
        FoobarResult up = await running;

        Assert.True(mirror.Stalled.Task.IsCompleted, $"It ended before the download:\n{up.Error}");
        mirror.Fault = Fault.None;
        Assert.Empty(Directory.GetDirectories(Path.Combine(state.Path, "tools")));
        await AssertFullAsync(up, state, environment);
    }

    [Theory]
    [InlineData("MySQL", "install MySQL 8.4 or newer and set FOOBAR_MYSQL_HOME to the folder that holds its bin/mysqld and bin/mysql")]
    [InlineData("Prometheus", "install Prometheus and set FOOBAR_PROMETHEUS_HOME to the folder that holds its bin/prometheus and bin/promtool")]
    public async Task Up_WithoutNetworkOnTheFirstRun_NamesTheMirrorAndHowToDoWithoutIt(string what, string instead)
    {
        await using StateOfATest state = new();
        Dictionary<string, string?> environment = new()
        {
            ["FOOBAR_TOOLS"] = null,
            ["FOOBAR_IGNORE_INSTALLED"] = "1",
            [what == "MySQL" ? "FOOBAR_PROMETHEUS_HOME" : "FOOBAR_MYSQL_HOME"] = Path.Combine(Foobar.Tools, what == "MySQL" ? "prometheus" : "mysql"),
            ["APT_CONFIG"] = state.Beside("apt.conf"),
        };

        // A mirror by name, without the proxy that this machine may need for it.
        Directory.CreateDirectory(state.Beside("none"));
        await File.WriteAllTextAsync(state.Beside("sources.list"), "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.invalid/debian bookworm main\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(state.Beside("apt.conf"), $"Dir::Etc::sourcelist \"{state.Beside("sources.list")}\";\nDir::Etc::sourceparts \"{state.Beside("none")}\";\nAcquire::http::Proxy \"DIRECT\";\n", TestContext.Current.CancellationToken);

        FoobarResult up = await Namespaces.RunAsync("", environment, state.Up());

        up.AssertRefused(
            $"The package mirror http://mirror.invalid could not be reached to download {what}: Temporary failure resolving 'mirror.invalid'. Connect this machine to the network and run it again; or {instead}.");
        Foobar.AssertNothingRunsIn(state.Path);
        Assert.Empty(Directory.GetDirectories(Path.Combine(state.Path, "tools")));
    }

    /// <summary>The one line, nothing left running, and a start that works as soon as there is room.</summary>
    private static async Task AssertFullAsync(FoobarResult up, StateOfATest state, Dictionary<string, string?> environment)
    {
        up.AssertRefused($"The disk of {state.Path} is full. Free some and run it again, or give a folder on another disk with --state: a first start needs 2.6 GB there, a later one 0.2 GB.");
        Foobar.AssertNothingRunsIn(state.Path);
        Assert.False(File.Exists(state.State.RuntimeFile));
        Assert.Empty(Directory.GetFiles(state.Path, "*.partial", SearchOption.AllDirectories));
        await state.AssertNextUpWorksAsync(environment);
    }
}
