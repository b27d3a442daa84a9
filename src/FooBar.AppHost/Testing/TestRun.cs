using System.Diagnostics;
using System.Globalization;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Testing;

/// <summary>Runs suites: builds, provisions what they need, runs each as a process of its own, adds up.</summary>
internal static class TestRun
{
    /// <summary>No single test takes half of it, the thorough ones included; one that hangs must not take the run with it.</summary>
    private static readonly TimeSpan SilenceDeadline = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(30);

    /// <summary>Runs them and prints the one closing line. Returns the exit code: 0 when nothing failed and something ran.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<TestSuite> suites, StateFolder state, bool thorough, CancellationToken cancellationToken)
    {
        Dictionary<string, string> environment = [];
        string mysqlVersion = string.Empty;
        Func<IStartProgress, Task> prepare = async progress => (environment, mysqlVersion) = await PrepareAsync(suites, state, thorough, progress, cancellationToken);
        await ProgressDisplay.RunAsync(prepare);
        environment["FOOBAR_TEST_THOROUGH"] = thorough ? "1" : "0";
        environment["FOOBAR_TEST_SEED"] = Seed().ToString(CultureInfo.InvariantCulture);
        if (!thorough)
        {
            Console.WriteLine($"Long catalogues rotate: FOOBAR_TEST_SEED={environment["FOOBAR_TEST_SEED"]} chooses these entries again, --thorough runs them all.");
        }

        TestTotals totals = new();
        foreach (IGrouping<string, TestSuite> runs in suites.Where(suite => thorough || suite.Driver is null).GroupBy(suite => suite.Name))
        {
            string machine = EvidencePage.Machine(mysqlVersion);
            TestTotals before = new() { Passed = totals.Passed, Failed = totals.Failed, Skipped = totals.Skipped };
            totals.Evidence.Clear();
            long started = TimeProvider.System.GetTimestamp();
            foreach (TestSuite suite in runs)
            {
                Console.WriteLine();
                Console.WriteLine(suite.Driver is null ? $"{suite.Name} ({suite.Project})" : $"{suite.Name} ({suite.Project}, driver {suite.Driver})");
                environment["FOOBAR_TEST_DRIVER"] = suite.Driver ?? string.Empty;
                await RunSuiteAsync(suite, environment, totals, cancellationToken);
            }

            if (thorough && totals.Evidence.Count > 0)
            {
                string result = $"{totals.Passed - before.Passed} passed, {totals.Failed - before.Failed} failed, {totals.Skipped - before.Skipped} skipped in {TimeSince(started)} h with seed {environment["FOOBAR_TEST_SEED"]}";
                await WriteEvidenceAsync(runs.Key, result, machine, totals.Evidence, cancellationToken);
            }
        }

        Console.WriteLine();
        foreach (string failure in totals.Failures)
        {
            Console.WriteLine($"failed: {failure}");
        }

        Console.WriteLine($"{totals.Passed} passed, {totals.Failed} failed, {totals.Skipped} skipped");
        return totals is { Failed: 0, Passed: > 0 } ? 0 : 1;
    }

    /// <summary>Into the checkout, where it is committed.</summary>
    private static async Task WriteEvidenceAsync(string suite, string result, string machine, IEnumerable<(string Name, string Figures)> rows, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Checkout.Root, "docs", "evidence", suite + ".md");
        string page = EvidencePage.Format(suite, result, machine, TimeProvider.System.GetUtcNow(), rows.OrderBy(row => row.Name, StringComparer.Ordinal));
        await File.WriteAllTextAsync(path, page, cancellationToken);
        Console.WriteLine($"What was measured is in {path}.");
    }

    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("FOOBAR_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next(1, 10_000);

    private static async Task<(Dictionary<string, string> Environment, string MySqlVersion)> PrepareAsync(IReadOnlyList<TestSuite> suites, StateFolder state, bool thorough, IStartProgress progress, CancellationToken cancellationToken)
    {
        Task<MySqlInstallation> mysql = MySqlInstallation.ProvisionAsync(state, new StepProgress(progress, "MySQL"), cancellationToken);
        Task<PrometheusInstallation> prometheus = PrometheusInstallation.ProvisionAsync(state, new StepProgress(progress, "Prometheus"), cancellationToken);
        Task<string> chromium = suites.Any(suite => suite.NeedsChromium)
            ? ChromiumInstallation.ProvisionAsync(state, new StepProgress(progress, "Chromium"), cancellationToken)
            : Task.FromResult(string.Empty);
        Task<string> deployTools = suites.Any(suite => suite.NeedsDeployTools)
            ? DeployToolsInstallation.ProvisionAsync(state, new StepProgress(progress, "Ansible"), cancellationToken)
            : Task.FromResult(string.Empty);
        Task<string> networkTools = suites.Any(suite => suite.NeedsNetworkTools)
            ? NetworkToolsInstallation.ProvisionAsync(state, new StepProgress(progress, "ip and nft"), cancellationToken)
            : Task.FromResult(string.Empty);
        Task<IReadOnlyDictionary<string, string>> proxies = suites.Any(suite => suite.NeedsProxies)
            ? BenchmarkNeeds.ProxiesAsync(state, progress, cancellationToken)
            : Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());
        Task<string> slowHttpTest = thorough && suites.Any(suite => suite.NeedsSlowHttpTest)
            ? SlowHttpTestInstallation.ProvisionAsync(state, new StepProgress(progress, "slowhttptest"), cancellationToken)
            : Task.FromResult(string.Empty);
        Task<string> tlsTools = suites.Any(suite => suite.NeedsTlsTools)
            ? TlsToolsInstallation.ProvisionAsync(state, new StepProgress(progress, "openssl and testssl"), cancellationToken)
            : Task.FromResult(string.Empty);
        Task build = BuildAsync(suites, progress, cancellationToken);
        await Task.WhenAll(mysql, prometheus, chromium, deployTools, networkTools, proxies, slowHttpTest, tlsTools, build);
        Dictionary<string, string> environment = new()
        {
            ["FOOBAR_MYSQL_HOME"] = (await mysql).Home,
            ["FOOBAR_PROMETHEUS_HOME"] = (await prometheus).Home,
            ["FOOBAR_TOOLS"] = state.Tools,
            ["FOOBAR_LAB_STATE"] = state.Path,
        };
        if (await chromium is { Length: > 0 } browser)
        {
            environment["FOOBAR_CHROMIUM"] = browser;
        }

        if (await deployTools is { Length: > 0 } home)
        {
            environment["FOOBAR_DEPLOY_TOOLS_HOME"] = home;
        }

        if (await networkTools is { Length: > 0 } network)
        {
            environment["FOOBAR_NETWORK_HOME"] = network;
        }

        foreach ((string name, string value) in await proxies)
        {
            environment[name] = value;
        }

        if (await slowHttpTest is { Length: > 0 } slow)
        {
            environment[SlowHttpTestInstallation.Variable] = slow;
        }

        if (await tlsTools is { Length: > 0 } tls)
        {
            environment["FOOBAR_TLS_TOOLS_HOME"] = tls;
        }

        return (environment, (await mysql).Version);
    }

    private static async Task BuildAsync(IReadOnlyList<TestSuite> suites, IStartProgress progress, CancellationToken cancellationToken)
    {
        await SiteBuild.RunAsync(new StepProgress(progress, "Build"), cancellationToken);
        StepProgress step = new(progress, "Tests");

        // All of them in one call: the solution is half the time of its projects one by one.
        string[] targets = suites.Count == TestSuite.Standard.Count ? ["FooBar.sln"] : [.. suites.Select(suite => $"tests/{suite.Project}/{suite.Project}.csproj").Distinct()];
        foreach ((int index, string target) in targets.Index())
        {
            step.At((double)index / targets.Length, $"building {Path.GetFileNameWithoutExtension(target)}");
            await Dotnet.RunAsync(target, ["build", target, "-c", "Release", "--nologo", "-v", "quiet"], cancellationToken);
        }

        step.Done("built");
    }

    private static async Task RunSuiteAsync(TestSuite suite, Dictionary<string, string> environment, TestTotals totals, CancellationToken cancellationToken)
    {
        string assembly = Path.Combine(Checkout.Artifacts, "bin", suite.Project, "release", suite.Project + ".dll");
        ProcessStartInfo start = new("setpriv") { WorkingDirectory = Checkout.Root, RedirectStandardOutput = true };
        foreach (string argument in (string[])["--pdeathsig", "TERM", "--", Dotnet.Program, assembly, "-reporter", "json", "-noColor"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = await ChildSpawner.StartAsync(start);
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => Signals.Send(process.Id, Signals.Term));
        long started = TimeProvider.System.GetTimestamp();
        TestReport report = new(suite.Name, totals, Console.Out);
        await using Watchdog watchdog = new(
            SilenceDeadline,
            () =>
            {
                Console.WriteLine($"  nothing was heard for {SilenceDeadline.TotalMinutes:0} minutes: the suite is ended");
                Signals.Send(process.Id, Signals.Term);
            },
            EndGrace,
            () => Signals.Send(process.Id, Signals.Kill),
            TimeProvider.System);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            watchdog.Heard();
            report.Take(line);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        report.End(process.ExitCode);
        Console.WriteLine($"  took {TimeSince(started)} h");
    }

    private static string TimeSince(long started) => TimeProvider.System.GetElapsedTime(started).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);
}
