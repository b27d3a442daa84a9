using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using FooBar.BadInput.Tests.Support;
using FooBar.Testing;

namespace FooBar.BadInput.Tests;

/// <summary>
/// An interruption at every stage of <c>up</c>, each in the way that people and machines do it. The stages are recognised by what the command
/// says, so no test waits for a time to pass.
/// </summary>
public sealed class InterruptTests
{
    private const string Line = "foobar: interrupted before the site was up; what had started is stopped.\n";

    // The promise; the test's own deadline is ten times it, so that a slow machine shows in the text and not as a failure.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(20);

    /// <summary>
    /// What is being done, and how it is known: by the words of its progress or, where those come too early, by a file. A stage may be over
    /// before a terminal has shown its words; those of the next one count too.
    /// </summary>
    private static readonly Stage[] Stages =
    [
        new("building the site", "building the (gateway|site)") { Prepare = _ => ForgetBuild(), After = TearBuild },
        new("initialising the database", "starting 1 servers")
        {
            Prepare = state => DeleteIfThere(state.State.Member(1)),
            File = state => Path.Combine(state.State.Member(1), "data.partial"),
        },
        new("looking for the newest data", "finding the member with the newest data|forms the group|is primary, 0 replicas"),
        new("forming the group", "forms the group|is primary, 0 replicas"),
        new("the group is formed", "is primary, 0 replicas"),
        new("starting the instances", "starting the instances and the gateway|is ready"),
        new("an instance is ready", "(web-1|gateway) is ready|1 instance behind"),
        new("waiting for Prometheus", "scraped [0-9] of 3 processes"),
    ];

    private static readonly string[] Ways = ["Ctrl-C", "Ctrl-C twice", "SIGTERM", "terminal closed", "Ctrl-C of a detached start", "terminal of a detached start closed"];

    [Fact]
    public async Task Up_InterruptedAtAnyStageInAnyWay_StopsEverythingAndTheNextOneWorks()
    {
        await using StateOfATest state = new();
        (Stage Stage, string Way)[] all = [.. Stages.SelectMany(stage => Ways.Select(way => (stage, way)))];
        if (!Catalogue.IsThorough)
        {
            // Each stage and each way once or twice; the pairs change with the seed.
            all = [.. Stages.Index().Select(stage => (stage.Item, Ways[(stage.Index + Catalogue.Seed) % Ways.Length]))];
        }

        Stage? before = null;
        foreach ((Stage stage, string way) in Catalogue.Choose(all, plain: 2))
        {
            if (Catalogue.IsThorough && before is not null && before != stage)
            {
                await state.AssertNextUpWorksAsync();
            }

            before = stage;
            long started = Stopwatch.GetTimestamp();
            TimeSpan took = await InterruptAsync(state, stage, way);
            TestContext.Current.TestOutputHelper!.WriteLine($"{stage.Name}, {way}: stopped after {took.TotalSeconds:0.0} s ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s in all){(took > Promised ? ", LATER THAN PROMISED" : string.Empty)}");
        }

        await state.AssertNextUpWorksAsync();
    }

    /// <summary>The ways to interrupt a build; a plain run takes one of them.</summary>
    public static TheoryData<string> BuildWays { get; } = [.. Catalogue.Choose(["Ctrl-C", "SIGTERM"], plain: 1)];

    [Theory]
    [MemberData(nameof(BuildWays))]
    public async Task Foobar_InterruptedWhileItIsBuilt_SaysSoAndTheNextCallBuildsAllOfIt(string way)
    {
        await using StateOfATest state = new();
        string copy = state.Beside("checkout");
        foreach (string part in (string[])["foobar", "global.json", "Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", ".editorconfig", "FooBar.sln"])
        {
            Directory.CreateDirectory(copy);
            File.Copy(Path.Combine(RepositoryRoot.Path, part), Path.Combine(copy, part));
        }

        (await Foobar.RunAsync("cp", ["-r", "--parents", "src/FooBar.AppHost", "src/FooBar.Data", "src/FooBar.MySql", copy])).AssertDone();
        Dictionary<string, string?> environment = new() { ["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(RepositoryRoot.Path, "artifacts", "nuget", "packages") };
        string script = Path.Combine(copy, "foobar");

        // Not before the SDK runs: its log is there as soon as it does.
        await using Terminal terminal = await Terminal.StartAsync(script, ["--help"], environment);
        await terminal.SeesAsync("Building the foobar command");
        await PollAsync(() => File.Exists(Path.Combine(copy, "artifacts", "foobar-build.log")), () => terminal.Text);
        if (way == "Ctrl-C")
        {
            terminal.Type("\x03");
        }
        else
        {
            await SignalAsync("TERM", terminal.Inner());
        }

        Assert.Equal(1, await terminal.EndAsync());
        Assert.Contains("foobar: interrupted while the command was built; what had started is stopped.", terminal.Text, StringComparison.Ordinal);
        Foobar.AssertNothingRunsIn(copy);
        Assert.False(File.Exists(Path.Combine(copy, "artifacts", "foobar.stamp")));

        FoobarResult next = await Foobar.RunAsync(script, ["--help"], environment);
        Assert.Equal((0, "Building the foobar command (once after each change)...\n"), (next.ExitCode, next.Error));
    }

    private static async Task<TimeSpan> InterruptAsync(StateOfATest state, Stage stage, string way)
    {
        string what = $"{stage.Name}, {way}";
        stage.Prepare?.Invoke(state);
        if (stage.File is { } file)
        {
            // Not the one of the interruption before.
            Assert.False(Path.Exists(file(state)), $"{what}: {file(state)} is there already.");
        }

        bool detached = way.Contains("detached", StringComparison.Ordinal);
        string[] arguments = state.Up(detached ? ["--detach"] : []);
        long interrupted;
        if (way == "SIGTERM")
        {
            using Process up = await Foobar.StartAsync(Foobar.Script, arguments);
            Task<string> error = up.StandardError.ReadToEndAsync(CancellationToken.None);
            StringBuilder said = new();
            while (!Regex.IsMatch(said.ToString(), stage.Words))
            {
                string? line = await up.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
                Assert.True(line is not null, $"{what}: it ended before it said '{stage.Words}':\n{said}{(line is null ? await error : string.Empty)}");
                said.AppendLine(line);
            }

            await ReachAsync(state, stage, () => $"{what}: it is not there:\n{said}");
            interrupted = Stopwatch.GetTimestamp();
            await SignalAsync("TERM", up.Id);
            await up.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await Foobar.EndAsync(up);
            Assert.Equal((1, Line), (up.ExitCode, await error));
        }
        else
        {
            await using Terminal terminal = await Terminal.StartAsync(Foobar.Script, arguments, []);
            await terminal.SeesAsync(new Regex(stage.Words));
            await ReachAsync(state, stage, () => $"{what}: it is not there:\n{terminal.Text}");
            interrupted = Stopwatch.GetTimestamp();
            if (way.Contains("closed", StringComparison.Ordinal))
            {
                terminal.Close();
            }
            else
            {
                terminal.Type("\x03");
                if (way.Contains("twice", StringComparison.Ordinal))
                {
                    terminal.Type("\x03");
                }

                int exitCode = await terminal.EndAsync();
                Assert.True(exitCode == 1 && terminal.Text.Contains(Line.TrimEnd('\n'), StringComparison.Ordinal), $"{what}: exit code {exitCode}, and it said:\n{terminal.Text}");
            }
        }

        // Nobody waits for the end of a command whose terminal was closed: here it is its processes that are waited for.
        string builds = Path.Combine(RepositoryRoot.Path, "artifacts", "tmp");
        await PollAsync(() => !Foobar.RunsIn(state.Path) && !Foobar.RunsIn(builds), () => $"{what}: {string.Join('\n', [.. Foobar.ProcessesIn(state.Path), .. Foobar.ProcessesIn(builds)])}");
        Assert.False(File.Exists(state.State.RuntimeFile), $"{what}: the record of the stack is still there.");
        TimeSpan took = Stopwatch.GetElapsedTime(interrupted);
        stage.After?.Invoke();
        return took;
    }

    private static Task ReachAsync(StateOfATest state, Stage stage, Func<string> otherwise) =>
        stage.File is { } file ? PollAsync(() => Path.Exists(file(state)), otherwise) : Task.CompletedTask;

    /// <summary>Has the next start build the gateway and the site.</summary>
    private static void ForgetBuild() => File.Delete(Path.Combine(RepositoryRoot.Path, "artifacts", "site.stamp"));

    /// <summary>Leaves what an interrupted compiler can leave: half an assembly, newer than its sources.</summary>
    private static void TearBuild()
    {
        string assembly = Path.Combine(RepositoryRoot.Path, "artifacts", "obj", "FooBar.Web", "release", "FooBar.Web.dll");
        using FileStream file = new(assembly, FileMode.Open);
        file.SetLength(file.Length / 2);
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task SignalAsync(string signal, int process) => (await Foobar.RunAsync("kill", [$"-{signal}", $"{process}"])).AssertDone();

    private static async Task PollAsync(Func<bool> condition, Func<string> otherwise)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Promised * 10);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise());
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>A stage of <c>up</c>.</summary>
    /// <param name="Name">What is being done.</param>
    /// <param name="Words">A regular expression for the words of the progress by which it is known.</param>
    private sealed record Stage(string Name, string Words)
    {
        /// <summary>Makes the next start go through it; null when every start does.</summary>
        public Action<StateOfATest>? Prepare { get; init; }

        /// <summary>What to do to what the interruption left.</summary>
        public Action? After { get; init; }

        /// <summary>What exists from its beginning on, besides the words.</summary>
        public Func<StateOfATest, string>? File { get; init; }
    }
}
