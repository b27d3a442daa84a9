using System.Diagnostics;
using FooBar.AppHost.CommandLine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.CommandLine;

/// <summary>The command with a k6 of the tests' own, which writes down how it was called.</summary>
public sealed class LoadCommandTests : IDisposable
{
    private const string WritesItDown = """
        for argument in "$@"; do echo "$argument"; done > "$FOOBAR_TEST_FOLDER/arguments"
        echo "$SSL_CERT_FILE $SSL_CERT_DIR $K6_NO_USAGE_REPORT" > "$FOOBAR_TEST_FOLDER/environment"
        echo "k6's summary"
        """;

    private readonly TemporaryFolder _folder = new();

    private StateFolder State => new(_folder["state"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Load_OfARunningSite_GivesK6TheScriptTheAddressAndTheCa()
    {
        PutUp();

        FoobarResult result = await RunAsync(WritesItDown, "spike");

        result.AssertDone();
        Assert.Equal("k6's summary\n", result.Output);
        Assert.Equal(
            ["run", "--env", "FOOBAR_URL=https://localhost:9443", Path.Combine(RepositoryRoot.Path, "tests", "load", "spike.ts")],
            File.ReadAllLines(_folder["arguments"]));
        Assert.Equal($"{State.CaCertificate} /dev/null true\n", File.ReadAllText(_folder["environment"]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(99, 1)]
    [InlineData(107, 1)]
    public async Task ExitCode_OfK6_IsZeroOrOne(int code, int expected)
    {
        PutUp();

        Assert.Equal(new FoobarResult(expected, string.Empty, string.Empty), await RunAsync($"exit {code}", "smoke"));
    }

    [Fact]
    public async Task Load_WithoutK6_SaysHowToGetIt()
    {
        PutUp();

        FoobarResult result = await Foobar.RunAsync(new Dictionary<string, string> { ["PATH"] = _folder.Path }, "load", "smoke", "--state", State.Path);

        result.AssertFailed(1, "foobar: k6 is not installed. Get k6 0.57 or later from https://grafana.com/docs/k6/latest/set-up/install-k6/ and put it on PATH.");
    }

    [Fact]
    public async Task Load_OfNothing_SaysHowToStartIt() =>
        (await RunAsync(WritesItDown, "smoke")).AssertFailed(1, $"foobar: nothing is up in {State.Path}. Start it with ./foobar up.");

    [Fact]
    public async Task Load_ThatIsTerminated_EndsK6InOrder()
    {
        PutUp();
        using Process load = await StartAsync($"""
            trap 'echo the summary > "$FOOBAR_TEST_FOLDER/ended"; kill $!; exit 105' TERM
            sleep 600 >/dev/null 2>&1 &
            echo started > "$FOOBAR_TEST_FOLDER/started"
            wait
            """);
        await Eventually.ContainsAsync(_folder["started"], "started");

        Signals.Send(load.Id, Signals.Term);
        await load.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, load.ExitCode);
        Assert.Equal("foobar: interrupted.\n", await load.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("the summary\n", File.ReadAllText(_folder["ended"]));
    }

    [Fact]
    public void Scenarios_AreTheScriptsInTestsLoad()
    {
        IEnumerable<string> scripts = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "tests", "load"), "*.ts").Select(file => Path.GetFileNameWithoutExtension(file));

        Assert.Equal(LoadCommand.Scenarios.Append("journeys").Order(), scripts.Order());
    }

    private void PutUp()
    {
        State.Create();
        new StackRecord(ProcessIdentity.Of(Environment.ProcessId), "running", "https://localhost:9443", null, []).Write(State);
    }

    private Task<FoobarResult> RunAsync(string k6, string scenario) => Foobar.RunAsync(EnvironmentWith(k6), "load", scenario, "--state", State.Path);

    private Task<Process> StartAsync(string k6) => Foobar.StartAsync(EnvironmentWith(k6), "load", "smoke", "--state", State.Path);

    private Dictionary<string, string> EnvironmentWith(string k6)
    {
        _folder.WriteScript("bin/k6", k6);
        return new() { ["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}", ["FOOBAR_TEST_FOLDER"] = _folder.Path };
    }
}
