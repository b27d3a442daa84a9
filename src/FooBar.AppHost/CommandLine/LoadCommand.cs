using System.CommandLine;
using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar load</c>: one of the k6 scenarios of tests/load against the running stack.</summary>
internal static class LoadCommand
{
    /// <summary>The scripts in tests/load, shortest first.</summary>
    public static readonly IReadOnlyList<string> Scenarios = ["smoke", "steady", "spike", "soak", "failover"];

    public static Command Create()
    {
        string names = string.Join(", ", Scenarios);
        Argument<string> scenario = new("SCENARIO") { Description = $"One of {names}" };
        Command command = new("load", "Run a k6 load scenario against the running site") { scenario };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = parsed.GetValue(scenario)!;
            if (!Scenarios.Contains(wanted))
            {
                await Console.Error.WriteLineAsync($"foobar: there is no scenario '{wanted}'. Choose one of {names}.");
                return FoobarCommand.WrongUsage;
            }

            StateFolder state = FoobarCommand.StateOf(parsed);
            StackRecord record = StackRecord.ReadLiving(state) ?? throw new FoobarException($"nothing is up in {state.Path}. Start it with ./foobar up.");
            string k6 = Tool.Find("k6")
                ?? throw new FoobarException("k6 is not installed. Get k6 0.57 or later from https://grafana.com/docs/k6/latest/set-up/install-k6/ and put it on PATH.");
            return await RunAsync(k6, wanted, record.Url, state, cancellationToken) == 0 ? 0 : FoobarCommand.Failed;
        });
        return command;
    }

    private static async Task<int> RunAsync(string k6, string scenario, string url, StateFolder state, CancellationToken cancellationToken)
    {
        // In a session of its own: Ctrl-C is for us and reaches k6 once, as a SIGTERM. At a second signal it would end without its summary.
        ProcessStartInfo start = new("setsid");
        foreach (string argument in (string[])
            ["setpriv", "--pdeathsig", "TERM", "--", k6, "run", "--env", $"FOOBAR_URL={url}", Path.Combine(Checkout.Root, "tests", "load", scenario + ".ts")])
        {
            start.ArgumentList.Add(argument);
        }

        // k6 has no option for a CA; Go takes it from here. The folder must name none, or the machine's authorities would be trusted too.
        start.Environment["SSL_CERT_FILE"] = state.CaCertificate;
        start.Environment["SSL_CERT_DIR"] = "/dev/null";
        start.Environment["K6_NO_USAGE_REPORT"] = "true";

        using Process process = await ChildSpawner.StartAsync(start);
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Term));
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }
}
