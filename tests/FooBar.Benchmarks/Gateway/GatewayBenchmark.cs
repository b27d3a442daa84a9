using System.Globalization;
using System.Runtime.InteropServices;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.State;
using FooBar.Testing;
using Round = System.Collections.Generic.IReadOnlyDictionary<string, double>;

namespace FooBar.Benchmarks.Gateway;

/// <summary>
/// Measures our gateway beside other proxies, workload by workload, each before the same two backends. Processor time is that of the proxy's processes: the
/// backends' and the load generators' are not in it. Each workload has its proxies started anew, so that none has what another left in its memory.
/// </summary>
internal sealed class GatewayBenchmark(GatewayPlan plan, StateFolder state, CertificateAuthority authority, TextWriter output, TextWriter progress)
{
    private const int Backends = 2;

    private readonly List<Figure> _figures = [];
    private readonly List<string> _failures = [];
    private readonly List<BackendProcess> _backends = [];
    private readonly IReadOnlyList<ProxyProgram> _programs = ProxyProgram.Of(plan);
    private readonly Alternation _alternation = new(plan.Measured, ProxyProgram.Ours, output, progress);

    /// <summary>Runs a plan; prints each workload's figures as soon as they are there.</summary>
    /// <exception cref="BenchmarkException">A workload failed; the others were done first.</exception>
    public static async Task RunAsync(GatewayPlan plan, TextWriter output, TextWriter progress, CancellationToken cancellationToken)
    {
        StateFolder state = new(Directory.CreateTempSubdirectory("foobar-proxies-").FullName);
        try
        {
            state.Create();
            using CertificateAuthority authority = CertificateAuthority.Open(state, TimeProvider.System);
            await new GatewayBenchmark(plan, state, authority, output, progress).RunAsync(cancellationToken);
        }
        finally
        {
            Directory.Delete(state.Path, recursive: true);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await progress.WriteLineAsync($"Starting {Backends} backends...");
            CertificateFiles certificate = authority.Issue("backend", state.Certificates, [ProxyJob.BackendName, "127.0.0.1"]);
            while (_backends.Count < Backends) _backends.Add(await BackendProcess.StartAsync(certificate, cancellationToken));
            await DescribeAsync(cancellationToken);
            foreach ((int index, string name) in plan.Measured.Workloads.Index())
            {
                await progress.WriteLineAsync($"[{index + 1}/{plan.Measured.Workloads.Count}] {name}: about {Alternation.InWords((plan.Measured.Workloads.Count - index) * TimeOfWorkload)} to go");
                await MeasureAsync(GatewayWorkload.Named(name), cancellationToken);
            }
        }
        finally
        {
            foreach (BackendProcess backend in _backends) await backend.DisposeAsync();
        }

        string[] peers = PeersIn(_figures);
        if (plan.Measured.Workloads.Count > 1 && peers.Length > 0) await WriteAsync(FigureTable.Summary(_figures, peers, [ProxyContestant.Cpu, ProxyContestant.P99]));
        await WriteAsync(GatewayTargets.Lines(_figures));
        if (plan.Measured.JsonPath is { } path) await File.WriteAllTextAsync(path, Figure.ToJson(_figures), cancellationToken);
        if (_failures.Count > 0) throw new BenchmarkException(string.Join("\nfoobar: ", _failures));
    }

    /// <summary>Measures all in one workload. What fails is said and noted; the other workloads are worth having all the same.</summary>
    private async Task MeasureAsync(GatewayWorkload workload, CancellationToken cancellationToken)
    {
        List<(ProxyProgram Program, ProxyProcess Proxy, ProxyJob Job)> proxies = [];
        try
        {
            foreach (ProxyProgram program in _programs)
            {
                ProxyJob job = JobOf(program.Name, workload);
                if (await TryStartAsync(program, job, workload, cancellationToken) is { } proxy) proxies.Add((program, proxy, job));
            }

            if (proxies.Count == 0) return;

            double full = workload.Load == GatewayLoad.HalfLoad ? await FullPerSecondAsync(workload, [.. proxies.Select(one => one.Proxy)], cancellationToken) : 0;
            IProxyLoad load = GatewayWork.LoadOf(workload, full);
            ProxyContestant[] contestants = [.. proxies.Select(one => new ProxyContestant(one.Proxy, one.Job, load, AskedAsync, (GatewayWork.WarmUpOf(workload), WarmUpOf(one.Program))))];
            IReadOnlyDictionary<string, List<Round>> rounds =
                await _alternation.MeasureAsync<Round, Round>(workload.Name, contestants, _ => Task.FromResult<Func<Round, Round>>(measured => measured), cancellationToken);
            _failures.AddRange(contestants.Where(contestant => !rounds.ContainsKey(contestant.Name)).Select(contestant => $"{contestant.Name} failed at {workload.Name}."));
            if (rounds.Count == 0) return;

            IReadOnlyList<Figure> figures = FiguresOf(workload.Name, rounds);
            _figures.AddRange(figures);
            await WriteAsync(FigureTable.Block(figures, ProxyProgram.Ours, PeersIn(figures)));
        }
        catch (BenchmarkException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await FailAsync(failure.Message);
        }
        finally
        {
            foreach ((_, ProxyProcess proxy, _) in proxies) await proxy.DisposeAsync();
        }
    }

    /// <summary>Returns null, and says why, if it cannot do that, or does not start and is not the one without which there is nothing to compare.</summary>
    private async Task<ProxyProcess?> TryStartAsync(ProxyProgram program, ProxyJob job, GatewayWorkload workload, CancellationToken cancellationToken)
    {
        ProxyLaunch launch = await program.LaunchAsync(job, cancellationToken);
        if (program.IsGateway && workload.IsPlainOut && await ProxyProgram.RefusalAsync(launch, cancellationToken) is { } refusal)
        {
            await WriteAsync([$"{program.Name} is not in {workload.Name}: {refusal}"]);
            return null;
        }

        try
        {
            return await ProxyProcess.StartAsync(program.Name, launch, job, cancellationToken);
        }
        catch (BenchmarkException failure) when (program.Name != ProxyProgram.Ours)
        {
            await FailAsync($"{program.Name} is not in {workload.Name}: {failure.Message}");
            return null;
        }
    }

    private async Task FailAsync(string failure)
    {
        _failures.Add(failure);
        await WriteAsync([failure]);
    }

    /// <summary>Builds of ours are compiled while they work, and the more the longer; the others are as fast as they will be at once.</summary>
    private TimeSpan WarmUpOf(ProxyProgram program) => TimeSpan.FromSeconds(program.IsGateway ? plan.WarmUpSeconds : Math.Min(plan.WarmUpSeconds, plan.Measured.SecondsPerRound));

    private async Task<long> AskedAsync(CancellationToken cancellationToken)
    {
        long asked = 0;
        foreach (BackendProcess backend in _backends) asked += await backend.AskedAsync(cancellationToken);
        return asked;
    }

    /// <summary>What the first peer reaches, or ours where there is none: half of it is what all are asked for.</summary>
    private async Task<double> FullPerSecondAsync(GatewayWorkload workload, IReadOnlyList<ProxyProcess> proxies, CancellationToken cancellationToken)
    {
        ProxyProcess measured = proxies[Math.Min(1, proxies.Count - 1)];
        IProxyLoad load = GatewayWork.FullLoadOf(workload);
        if (plan.WarmUpSeconds > 0) await load.RunAsync(measured.Target, TimeSpan.FromSeconds(plan.WarmUpSeconds), cancellationToken);
        LoadLap lap = await load.RunAsync(measured.Target, TimeSpan.FromSeconds(plan.Measured.SecondsPerRound), cancellationToken);
        double perSecond = lap.Requests / lap.Elapsed.TotalSeconds;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{measured.Name} answers {perSecond:#,##0} requests a second, so {workload.Name} is at {perSecond / 2:#,##0}"));
        return perSecond;
    }

    /// <summary>Of each contestant the rounds, one of them to warm up, and what it has to warm up besides.</summary>
    private TimeSpan TimeOfWorkload =>
        (_programs.Count * (plan.Measured.Rounds + 1) * TimeSpan.FromSeconds(plan.Measured.SecondsPerRound)) + TimeSpan.FromTicks(_programs.Sum(program => WarmUpOf(program).Ticks));

    private ProxyJob JobOf(string name, GatewayWorkload workload)
    {
        string folder = Directory.CreateDirectory(Path.Combine(state.Path, $"{workload.Name}-{name}")).FullName;
        CertificateFiles certificate = authority.Issue("edge", state.Certificates, [ProxyJob.BackendName, "www.foobar.com", "127.0.0.1"]);
        return new ProxyJob(folder, FreePorts.Next(), [.. _backends.Select(backend => backend.Address)], certificate, state.CaCertificate, workload.IsPlainOut, workload.IsCached);
    }

    private static IReadOnlyList<Figure> FiguresOf(string workload, IReadOnlyDictionary<string, List<Round>> rounds) =>
    [
        .. from metric in ProxyContestant.Units
           let values = rounds.Where(proxy => proxy.Value[0].ContainsKey(metric.Key))
               .ToDictionary(proxy => proxy.Key, proxy => Math.Round(Measurement.MedianOf(proxy.Value.Select(round => round[metric.Key])), 3))
           where values.Count > 0
           select Figure.Of(
               workload,
               metric.Key,
               metric.Value,
               values.TryGetValue(ProxyProgram.Ours, out double ours) ? ours : null,
               values.Where(value => value.Key != ProxyProgram.Ours).ToDictionary()),
    ];

    private string[] PeersIn(IReadOnlyList<Figure> figures) => [.. _programs.Skip(1).Select(program => program.Name).Where(peer => figures.Any(figure => figure.Peers.ContainsKey(peer)))];

    /// <summary>Says who takes part and on what: a figure without that is worth nothing.</summary>
    private async Task DescribeAsync(CancellationToken cancellationToken)
    {
        string load = (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0];
        List<string> versions = [];
        foreach (ProxyProgram program in _programs.Where(program => !program.IsGateway)) versions.Add($"{program.Name} {await ProxyProgram.VersionAsync(program.Program!, "-v", cancellationToken)}");
        foreach (string name in (string[])["wrk", "h2load"]) versions.Add($"{name} {await ProxyProgram.VersionAsync(LoadGenerator.Find(name), "--version", cancellationToken)}");
        await WriteAsync(
        [
            string.Join(", ", versions),
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; load {load} before the start",
            $"medians of {plan.Measured.Rounds} alternating rounds of {plan.Measured.SecondsPerRound.ToString(CultureInfo.InvariantCulture)} s each; a ratio is ours divided by the peer's",
            "every proxy writes a line of JSON a request, to /dev/null",
            .. plan.Environment.Count + plan.Settings.Count > 0 ? (string[])[$"{ProxyProgram.Ours} with {string.Join(", ", [.. plan.Environment, .. plan.Settings])}"] : [],
            .. plan.Baseline is { } baseline ? (string[])[$"{ProxyProgram.Baseline} is {baseline}"] : [],
            .. from absent in ProxyProgram.Absent select $"{absent.Name} is not in this run: {absent.HowToGet}.",
        ]);
    }

    private async Task WriteAsync(IEnumerable<string> lines)
    {
        foreach (string line in lines) await output.WriteLineAsync(line);
        await output.WriteLineAsync();
    }
}
