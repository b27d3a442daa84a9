using System.Net;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Databases;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;
using FooBar.Data;

namespace FooBar.AppHost.Stack;

/// <summary>
/// The whole site on this machine. <see cref="StartAsync"/> puts everything up or throws; <see cref="StopAsync"/> takes down whatever is up,
/// also after a start that failed half-way. One caller at a time.
/// </summary>
internal sealed class SiteStack(StackOptions options, StateFolder state) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Longer than a process takes to finish what it has in hand: the gateway 15 s, an instance 2.5 s of drain and a post that waits.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(25);

    private readonly Lock _lock = new();
    private readonly List<SupervisedChild> _children = [];
    private readonly Orders _orders = new(state);
    private readonly StackEvents _events = new(state, TimeProvider.System);
    private readonly CancellationTokenSource _stopKeeping = new();
    private readonly Secrets _secrets = new(state);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private CertificateAuthority? _authority;
    private IDatabaseCluster? _databases;
    private string? _mysqlHome;
    private Task _keepingWhole = Task.CompletedTask;
    private volatile string _phase = "starting";

    public string Url => $"https://localhost:{options.Ports.Https}";

    /// <summary>Whether <see cref="StartAsync"/> came to its end.</summary>
    public bool IsRunning => _phase == "running";

    /// <summary>Told of what happens to the running stack, in sentences; from any thread.</summary>
    public Action<StackEvent>? Happened { get; set; }

    /// <summary>Puts everything up, side by side where one does not need the other.</summary>
    /// <exception cref="FoobarException">What failed, in a line; the caller then stops the stack.</exception>
    public async Task StartAsync(IStartProgress progress, CancellationToken cancellationToken)
    {
        RotateLogs();
        _orders.ClearAll();
        _authority = CertificateAuthority.Open(state, TimeProvider.System);
        MySqlAccounts.RequirePasswords(_secrets);
        ReplicationFile.Write(state, options.Replication);
        WriteRecord();

        await StartSteps.RunAsync(
            state.Path,
            [token => StartDatabaseAsync(progress, token), token => StartApplicationsAsync(progress, token), token => StartPrometheusAsync(progress, token)],
            cancellationToken);
        _phase = "running";
        WriteRecord();
        KeepUp();
    }

    /// <summary>Stops everything in the order in which nobody misses anybody: gateway, instances and Prometheus, databases.</summary>
    public async Task StopAsync()
    {
        _phase = "stopping";
        try
        {
            WriteRecord();
        }
        catch (IOException)
        {
            // A full disk must not keep the processes running.
        }

        await _stopKeeping.CancelAsync();
        await _keepingWhole.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<SupervisedChild> children;
        lock (_lock)
        {
            children = [.. _children.Where(child => !IsDatabase(child.Name))];
        }

        await Task.WhenAll(children.Where(child => child.Name == "gateway").Select(child => child.StopAsync(StopGrace)));
        await Task.WhenAll(children.Where(child => child.Name != "gateway").Select(child => child.StopAsync(StopGrace)));
        if (_databases is not null)
        {
            await _databases.StopAsync(StopGrace * 2);
        }

        File.Delete(state.RuntimeFile);
    }

    public ValueTask DisposeAsync()
    {
        _authority?.Dispose();
        _http.Dispose();
        _stopKeeping.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task StartDatabaseAsync(IStartProgress progress, CancellationToken cancellationToken)
    {
        MySqlInstallation mysql = await MySqlInstallation.ProvisionAsync(state, new StepProgress(progress, "MySQL"), cancellationToken);
        MySqlMember[] members = [.. Enumerable.Range(1, options.Db).Select(number => new MySqlMember(number, options.Ports.Db(number), options.Ports.DbGroup(number), mysql, state, _secrets))];
        lock (_lock)
        {
            _mysqlHome = mysql.Home;
            _databases = options.Replication == ReplicationMode.Group
                ? new MySqlGroup(members, state, _secrets, Supervise)
                : new MySqlReplicas(members, state, _secrets, Supervise);
        }

        StepProgress step = new(progress, "Database");
        await _databases.StartAsync(_authority!, step, cancellationToken);
        WriteRecord();
    }

    private async Task StartApplicationsAsync(IStartProgress progress, CancellationToken cancellationToken)
    {
        await SiteBuild.RunAsync(new StepProgress(progress, "Build"), cancellationToken);
        StepProgress step = new(progress, "Site");
        step.Working("starting the instances and the gateway");
        Applications applications = new(options, state, _secrets, _authority!);
        List<SupervisedChild> children =
        [
            .. Enumerable.Range(1, options.Web).Select(number => Supervise($"web-{number}", () => applications.Web(number))),
            Supervise("gateway", applications.Gateway),
        ];
        ChildProcess[] started = await Task.WhenAll(children.Select(child => child.StartAsync(cancellationToken)));
        WriteRecord();
        int ready = 0;
        await Task.WhenAll(started.Select(async child =>
        {
            await WaitReadyAsync(child, AdminPort(child.Name), cancellationToken);
            step.At(0.1 + (0.9 * Interlocked.Increment(ref ready) / started.Length), $"{child.Name} is ready");
        }));
        int takenOut = await WaitForBackendsAsync(started.First(child => child.Name == "gateway"), cancellationToken);
        step.Done((options.Web == 1 ? "1 instance behind the gateway" : $"{options.Web} instances behind the gateway")
            + (takenOut > 0 ? $", {takenOut} taken out by hand: see ./foobar gateway list" : string.Empty));
    }

    /// <summary>
    /// The gateway is ready with one instance; the site is up when the gateway sends to all of them, but for those that a person has taken out:
    /// how many they are is returned.
    /// </summary>
    private async Task<int> WaitForBackendsAsync(ChildProcess gateway, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        int up = 0;
        int takenOut = 0;
        while (true)
        {
            ThrowIfEnded(gateway);
            try
            {
                string metrics = await _http.GetStringAsync($"http://127.0.0.1:{options.Ports.GatewayAdmin}/metrics", cancellationToken);
                (up, takenOut) = GatewayBackends.Count(metrics);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // A scrape that fails or is slow says nothing about the backends; the next one may, until the deadline.
            }

            if (up + takenOut == options.Web)
            {
                return takenOut;
            }

            if (TimeProvider.System.GetElapsedTime(started) > ReadyDeadline)
            {
                throw new FoobarException($"The gateway reached {up} of {options.Web} instances within {ReadyDeadline.TotalSeconds:0} s (log: {state.Log("gateway")}).");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private async Task StartPrometheusAsync(IStartProgress progress, CancellationToken cancellationToken)
    {
        StepProgress step = new(progress, "Prometheus");
        PrometheusInstallation installation = await PrometheusInstallation.ProvisionAsync(state, step, cancellationToken);
        PrometheusServer server = new(options, installation, state);
        ChildProcess child = await Supervise(PrometheusServer.Name, server.Prepare).StartAsync(cancellationToken);
        WriteRecord();
        while (true)
        {
            (int up, int all) = await server.CountTargetsAsync(_http, cancellationToken);
            step.At(0.5, $"scraped {up} of {server.Targets.Count + 1} processes");
            if (up == all && all == server.Targets.Count + 1)
            {
                step.Done($"has scraped all {all} processes");
                return;
            }

            ThrowIfEnded(child);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }

    private SupervisedChild Supervise(string name, Func<ChildSpecification> prepare) => Supervise(name, _ =>
    {
        // Certificates are issued one at a time.
        lock (_authority!)
        {
            return ChildProcess.StartAsync(prepare());
        }
    });

    private SupervisedChild Supervise(string name, Func<CancellationToken, Task<ChildProcess>> start)
    {
        SupervisedChild child = new(name, start, _orders, Tell, TimeProvider.System);
        lock (_lock)
        {
            _children.Add(child);
        }

        return child;
    }

    /// <summary>From here on nothing stays down.</summary>
    private void KeepUp()
    {
        lock (_lock)
        {
            _children.ForEach(child => child.Supervise(_stopKeeping.Token));
        }

        _keepingWhole = _databases!.KeepWholeAsync(Tell, _stopKeeping.Token);
    }

    private void Tell(string sentence)
    {
        StackEvent happened = _events.Add(sentence);
        try
        {
            WriteRecord();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not end the supervision: it may be what the process has died of.
        }

        Happened?.Invoke(happened);
    }

    private async Task WaitReadyAsync(ChildProcess child, int adminPort, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        string last = "it does not answer";
        while (true)
        {
            ThrowIfEnded(child);
            try
            {
                using HttpResponseMessage answer = await _http.GetAsync($"http://127.0.0.1:{adminPort}/health/ready", cancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                last = await answer.Content.ReadAsStringAsync(cancellationToken);

                // Not ready because the database still forms is no reason for haste.
                started = _databases?.IsStarted != true ? TimeProvider.System.GetTimestamp() : started;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                last = exception.Message;
            }

            if (TimeProvider.System.GetElapsedTime(started) > ReadyDeadline)
            {
                throw new FoobarException($"{child.Name} was not ready within {ReadyDeadline.TotalSeconds:0} s: {last} (log: {child.Specification.LogFile})");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private static void ThrowIfEnded(ChildProcess child)
    {
        if (child.HasExited)
        {
            throw new FoobarException($"{child.Name} ended with exit code {child.ExitCode} while it started: {child.LastWords()} (log: {child.Specification.LogFile})");
        }
    }

    private int AdminPort(string name) =>
        name == "gateway" ? options.Ports.GatewayAdmin : options.Ports.WebAdmin(int.Parse(name["web-".Length..], System.Globalization.CultureInfo.InvariantCulture));

    private void WriteRecord()
    {
        lock (_lock)
        {
            List<ChildRecord> children = [.. _children.Where(child => child.Process is not null).Select(child =>
                Describe(child.Name, child.Process!.Identity) with { Restarts = child.Restarts, Condition = child.Condition })];
            new StackRecord(ProcessIdentity.Of(Environment.ProcessId), _phase, Url, _mysqlHome, children) { Replication = options.Replication, Events = _events.Newest }.Write(state);
        }
    }

    private static bool IsDatabase(string name) => name.StartsWith("db-", StringComparison.Ordinal);

    private ChildRecord Describe(string name, ProcessIdentity? process)
    {
        Ports ports = options.Ports;
        if (IsDatabase(name))
        {
            MySqlMember member = _databases!.Members.First(member => member.Name == name);
            return new ChildRecord(name, "db", null, null, MySqlMember.Host, member.Port, process);
        }

        return name switch
        {
            "gateway" => new ChildRecord(name, "gateway", Url, $"http://127.0.0.1:{ports.GatewayAdmin}", null, 0, process),
            PrometheusServer.Name => new ChildRecord(name, "prometheus", $"http://127.0.0.1:{ports.Prometheus}", null, null, 0, process),
            _ => new ChildRecord(name, "web", $"https://127.0.0.1:{AdminPort(name) - ports.WebAdmin(0) + ports.Web(0)}", $"http://127.0.0.1:{AdminPort(name)}", null, 0, process),
        };
    }

    /// <summary>Keeps the log of the run before: one file each, so that logs do not grow for ever.</summary>
    private void RotateLogs()
    {
        foreach (FileInfo log in new DirectoryInfo(state.Logs).EnumerateFiles("*.log").Where(log => log.Length > 10_000_000))
        {
            log.MoveTo(log.FullName + ".1", overwrite: true);
        }
    }
}
