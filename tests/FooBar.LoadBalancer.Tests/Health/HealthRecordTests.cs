using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Health;

/// <summary>What persons want, and what checks and requests say, in one state machine.</summary>
public sealed class HealthRecordTests : IDisposable
{
    private readonly HealthOptions _options = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly LogLines _log = new();
    private readonly LoggerFactory _loggers;
    private readonly BackendPool _pool;
    private readonly HealthRecord _record;

    public HealthRecordTests()
    {
        _loggers = new LoggerFactory([_log]);
        _pool = new BackendPool(Fakes.Backends(2), time: _time);
        _record = new HealthRecord(
            _pool,
            new CurrentSettings(new GatewayOptions { Health = _options }),
            new GatewayMetrics(_services.GetRequiredService<IMeterFactory>(), _pool, _time),
            _time,
            _loggers.CreateLogger<HealthRecord>());
    }

    private Backend First => _pool.All[0];

    private Backend Second => _pool.All[1];

    public void Dispose()
    {
        _loggers.Dispose();
        _services.Dispose();
        _pool.Dispose();
    }

    /// <summary>
    /// Orders and evidence for the first of two backends, of which the second is up: D drain, M maintenance, R ready; checks: + passes, - fails,
    /// ~ is not answered, n not ready; requests: c cannot connect, f fails. After each, what a report would call it, and whether it takes requests.
    /// </summary>
    [Theory]
    [InlineData("+D", "up* drain")]
    [InlineData("+DR", "up* drain up*")]
    [InlineData("+D++++", "up* drain drain drain drain drain")]
    [InlineData("+D--R++", "up* drain drain drain down down up*")]
    [InlineData("D+R", "drain drain up*")]
    [InlineData("+DcR", "up* drain drain down")]
    [InlineData("+M", "up* maintenance")]
    [InlineData("+M--cffffffR", "up* maintenance maintenance maintenance maintenance maintenance maintenance maintenance maintenance maintenance maintenance unknown")]
    [InlineData("+M+++R+", "up* maintenance maintenance maintenance maintenance unknown up*")]
    [InlineData("+MR-", "up* maintenance unknown down")]
    [InlineData("+MR~", "up* maintenance unknown down")]
    [InlineData("+MRn", "up* maintenance unknown not_ready")]
    [InlineData("+MRcff", "up* maintenance unknown unknown unknown unknown")]
    [InlineData("--MR+", "down down maintenance unknown up*")]
    [InlineData("+DMDR", "up* drain maintenance drain unknown")]
    [InlineData("+DMD+R", "up* drain maintenance drain drain up*")]
    [InlineData("+n", "up* not_ready")]
    [InlineData("+nDR++", "up* not_ready drain not_ready not_ready up*")]
    public void OrdersAndEvidence_MakeOneState_WherePersonsWin(string events, string expected)
    {
        _record.Add(Second, Evidence.CheckPassed, null);
        _pool.NoteStarted();

        Assert.Equal(expected, States(events));
        Assert.Contains(Second, _pool.Available.ToArray());
    }

    /// <summary>The same, while the second backend is drained: it is not there, and the first is the last.</summary>
    [Theory]
    [InlineData("+ccffffff", "up* up* up* up* up* up* up* up* up*")]
    [InlineData("+~~~", "up* up* up* up*")]
    [InlineData("+--", "up* up* down")]
    [InlineData("+MR~", "up* maintenance unknown down")]
    [InlineData("~", "down")]
    [InlineData("+Dc", "up* drain drain")]
    public void LastBackend_IsTheLastOfThoseThatNobodyHasTakenOut(string events, string expected)
    {
        _record.Add(Second, Evidence.CheckPassed, null);
        _pool.NoteStarted();
        _pool.Order(Second, AdminState.Drain);

        Assert.Equal(expected, States(events));
        Assert.DoesNotContain(Second, _pool.Available.ToArray());
    }

    [Fact]
    public void DrainedBackend_IsNotTheLast_AndGoesDownWithItsRequests()
    {
        Both(Evidence.CheckPassed);
        _pool.Order(First, AdminState.Drain);
        _pool.Order(Second, AdminState.Drain);

        _record.Add(First, Evidence.ConnectFailed, "Connection refused");

        Assert.Equal((BackendStatus.Down, BackendStatus.Up), (First.Health.State.Status, Second.Health.State.Status));
    }

    /// <summary>At the gateway's own start alone, silence is no reason to turn everybody away.</summary>
    [Theory]
    [InlineData(false, "up*")]
    [InlineData(true, "down")]
    public void UnknownBackend_ThatIsSilent_IsTakenInAtTheStartAlone(bool started, string expected)
    {
        if (started)
            _pool.NoteStarted();

        Assert.Equal(expected, States("~"));
    }

    [Fact]
    public async Task MaintenanceAndReady_LetTheWaitingGo_AndCallForACheck()
    {
        Both(Evidence.CheckPassed);
        CancellationToken gone = First.Gone;

        _pool.Order(First, AdminState.Drain);
        Assert.False(gone.IsCancellationRequested);
        _pool.Order(First, AdminState.Maintenance);
        await Eventually.TrueAsync(() => gone.IsCancellationRequested, () => "it holds on to its requests");
        ValueTask<bool> due = First.CheckSignal.WaitAsync(Eventually.Limit);
        Task<bool> signal = due.AsTask();
        Assert.False(signal.IsCompleted);

        _pool.Order(First, AdminState.Ready);
        Assert.True(await signal);
    }

    [Fact]
    public void Backend_ThatIsReadyAgain_BeginsSlowly()
    {
        GatewayOptions options = new();
        options.Backends.Add(new BackendOptions { Name = "web-1", Url = "https://127.0.0.1:7001" });
        _pool.Prepare(Fakes.Settings(options))();
        _record.Add(First, Evidence.CheckPassed, null);
        Assert.Equal(1, First.Share);

        _pool.Order(First, AdminState.Drain);
        _pool.Order(First, AdminState.Ready);
        Assert.Equal(0.1, First.Share);

        // The same order once more changes nothing.
        _time.Advance(options.Health.SlowStart);
        _pool.Order(First, AdminState.Ready);
        Assert.Equal(1, First.Share);
    }

    [Fact]
    public void Downtime_IsTheTimeInWhichItWasDown()
    {
        Both(Evidence.CheckPassed);
        Downtime(TimeSpan.FromSeconds(5), 0);
        _record.Add(First, Evidence.ConnectFailed, "Connection refused");
        Downtime(TimeSpan.FromSeconds(3), 3);
        _record.Add(First, Evidence.CheckPassed, null);
        Downtime(TimeSpan.FromSeconds(1), 4);
        _record.Add(First, Evidence.CheckPassed, null);
        Downtime(TimeSpan.FromSeconds(7), 4);
        _record.Add(First, Evidence.ConnectFailed, "Connection refused");
        Downtime(TimeSpan.FromSeconds(2), 6);
        _pool.Order(First, AdminState.Maintenance);
        Downtime(TimeSpan.FromSeconds(100), 6);

        void Downtime(TimeSpan later, int expectedS)
        {
            _time.Advance(later);
            Assert.Equal(TimeSpan.FromSeconds(expectedS), First.Health.DowntimeAt(_time.GetTimestamp(), _time));
        }
    }

    /// <summary>
    /// Requests take it out, and its checks pass each second from then on. Between its returns it is up for so long: after each return, for how
    /// many seconds it was out.
    /// </summary>
    [Theory]
    [InlineData(1, "2 30 60 90 120 150 180 210 240 270 300 300 300")]
    [InlineData(299, "2 30 60 90")]
    [InlineData(300, "2 2 2 2")]
    [InlineData(900, "2 2")]
    public void Backend_ThatRequestsTakeOutAgainAndAgain_StaysOutLonger(int upS, string expected)
    {
        Both(Evidence.CheckPassed);

        IEnumerable<int> outs = expected.Split(' ').Select(_ =>
        {
            _time.Advance(TimeSpan.FromSeconds(upS));
            return OutFor(Evidence.ServerError);
        });

        Assert.Equal(expected, string.Join(' ', outs.ToList()));
        Assert.Equal(expected.Split(' ').Length, First.Health.Ejections);
    }

    [Fact]
    public void LongEjections_AreForgottenOneByOne()
    {
        Both(Evidence.CheckPassed);
        Assert.Equal((2, 30, 60), (OutFor(Evidence.RequestFailed), OutFor(Evidence.RequestFailed), OutFor(Evidence.RequestFailed)));

        _time.Advance(2 * _options.MaxEjectionTime);

        Assert.Equal((30, 60), (OutFor(Evidence.RequestFailed), OutFor(Evidence.RequestFailed)));
    }

    /// <summary>A process that was killed: a check fails, so it was down, and is back as soon as it is. However often that happens.</summary>
    [Theory]
    [InlineData('-')]
    [InlineData('~')]
    [InlineData('!')]
    [InlineData('n')]
    public void Backend_ThatReallyWasDown_IsBackAsSoonAsItIs(char check)
    {
        Both(Evidence.CheckPassed);

        for (int i = 0; i < 5; i++)
            Assert.Equal(2, OutFor(Evidence.RequestFailed, HealthStateMachineTests.Letters[check]));

        // And those do not make the next one longer.
        Assert.Equal((2, 30), (OutFor(Evidence.ServerError), OutFor(Evidence.ServerError)));
    }

    [Fact]
    public void EjectedBackend_ThatAPersonTookIntoMaintenance_BeginsAnew()
    {
        Both(Evidence.CheckPassed);
        Assert.Equal((2, 30), (OutFor(Evidence.ServerError), OutFor(Evidence.ServerError)));
        Eject(Evidence.ServerError);
        Assert.Equal(TimeSpan.FromSeconds(60), _record.HeldFor(First));

        _pool.Order(First, AdminState.Maintenance);
        _pool.Order(First, AdminState.Ready);
        _record.Add(First, Evidence.CheckPassed, null);

        Assert.Equal((BackendStatus.Up, TimeSpan.Zero), (First.Health.State.Status, _record.HeldFor(First)));
        Assert.Equal((2, 30), (OutFor(Evidence.ServerError), OutFor(Evidence.ServerError)));
    }

    /// <summary>
    /// Comparisons a second apart. Before each, the first backend has 20 new answers that took so many milliseconds; a dash: it has none.
    /// The second has answered 20 requests in 10 ms each time. What is known of the first after it: so many comparisons against it, or out.
    /// </summary>
    [Theory]
    [InlineData("900 900 900", "1 2 out")]
    [InlineData("900 - - 900 - 900", "1 1 1 2 2 out")]
    [InlineData("900 900 10 900 900 900", "1 2 0 1 2 out")]
    [InlineData("10 10 10", "0 0 0")]
    [InlineData("900 - - - - - - - - - - - - 10", "1 1 1 1 1 1 1 1 1 1 1 1 1 0")]
    public void SlowBackend_NeedsSlowAnswersOfItsOwnForEachComparison(string answersMs, string expected)
    {
        Both(Evidence.CheckPassed);

        List<string> seen = [];
        foreach (string answer in answersMs.Split(' '))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Answer(Second, 20, 10);
            if (answer != "-")
                Answer(First, 20, int.Parse(answer, null));
            _record.Compare(First);
            seen.Add(First.Health.State.Status == BackendStatus.Up ? $"{First.Health.State.Slow}" : "out");
        }

        Assert.Equal(expected, string.Join(' ', seen));
        if (seen[^1] == "out")
        {
            Assert.Equal("its answers begin after 900 ms, those of the others after 10 ms (medians)", First.Health.LastFailure);
            Assert.Equal((TimeSpan.FromSeconds(30), 1), (_record.HeldFor(First), First.Health.Ejections));
        }
    }

    [Theory]
    [InlineData("drained")]
    [InlineData("the last")]
    [InlineData("switched off")]
    [InlineData("starting slowly")]
    public void SlowBackend_IsLeftAlone_WhenItIs(string what)
    {
        Both(Evidence.CheckPassed);
        if (what == "drained")
            _pool.Order(First, AdminState.Drain);
        if (what == "the last")
            _pool.Order(Second, AdminState.Drain);
        if (what == "switched off")
            _options.LatencyFactor = 0;
        if (what == "starting slowly")
            First.StartSlowly(_time, TimeSpan.FromHours(1));

        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Answer(First, 20, 900);
            Answer(Second, 20, 10);
            _record.Compare(First);
        }

        Assert.Equal((BackendStatus.Up, 0), (First.Health.State.Status, First.Health.State.Slow));
        Assert.Equal(what == "starting slowly" ? 0 : 100, First.Latency.Since(TimeSpan.Zero).Count);
    }

    [Fact]
    public void Check_IsRememberedAsItCameOut()
    {
        CheckResult result = new(Evidence.CheckFailed, "https://127.0.0.1:7001/health/ready answered 500", 500);

        _record.Add(First, result, TimeSpan.FromMilliseconds(12));
        _record.Add(First, Evidence.RequestFailed, "requests fail");

        Assert.Equal(new LastCheck(_time.GetTimestamp(), result, TimeSpan.FromMilliseconds(12)), First.Health.LastCheck);
    }

    [Fact]
    public async Task Readiness_SaysInWordsWhoTookABackendOut()
    {
        BackendsReadyCheck check = new(_pool);
        Assert.Equal("no backend is up: web-1: not checked yet; web-2: not checked yet", await DescribeAsync(HealthStatus.Unhealthy));

        Both(Evidence.CheckPassed);
        Assert.Equal("2 of 2 backends are up", await DescribeAsync(HealthStatus.Healthy));
        _pool.Order(First, AdminState.Drain);
        Assert.Equal("1 of 2 backends are up; web-1: drained by an operator", await DescribeAsync(HealthStatus.Healthy));
        _pool.Order(Second, AdminState.Maintenance);
        Assert.Equal(
            "no backend is up: web-1: drained by an operator; web-2: in maintenance, ordered by an operator", await DescribeAsync(HealthStatus.Unhealthy));
        _pool.Order(First, AdminState.Ready);
        _pool.SetWeight(First, 0);
        _pool.Order(Second, AdminState.Ready);
        Assert.Equal("no backend is up: web-1: given no weight by an operator; web-2: not checked yet", await DescribeAsync(HealthStatus.Unhealthy));
        _record.Add(Second, Evidence.CheckFailed, "it answered 500");
        Assert.Equal("no backend is up: web-1: given no weight by an operator; web-2: it answered 500", await DescribeAsync(HealthStatus.Unhealthy));

        async Task<string?> DescribeAsync(HealthStatus expected)
        {
            HealthCheckResult result = await check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
            Assert.Equal(expected, result.Status);
            return result.Description;
        }
    }

    /// <summary>Takes the first backend out, and returns after how many seconds, with a check that passes in each, it is back.</summary>
    private int OutFor(Evidence evidence, Evidence? check = null)
    {
        Eject(evidence);
        if (check is { } failed)
            _record.Add(First, failed, null);
        int seconds = 0;
        while (First.Health.State.Status != BackendStatus.Up)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            seconds++;
            _record.Add(First, Evidence.CheckPassed, null);
        }

        return seconds;
    }

    private void Answer(Backend backend, int times, int milliseconds)
    {
        for (int i = 0; i < times; i++)
            _record.Answered(backend, TimeSpan.FromMilliseconds(milliseconds));
    }

    private void Eject(Evidence evidence)
    {
        for (int i = 0; i < 5; i++)
            _record.Add(First, evidence, "requests fail");
        Assert.Equal(BackendStatus.Down, First.Health.State.Status);
    }

    private void Both(Evidence evidence)
    {
        _record.Add(First, evidence, null);
        _record.Add(Second, evidence, null);
    }

    private string States(string events)
    {
        List<string> states = [];
        foreach (char letter in events)
        {
            switch (letter)
            {
                case 'D':
                    _pool.Order(First, AdminState.Drain);
                    break;
                case 'M':
                    _pool.Order(First, AdminState.Maintenance);
                    break;
                case 'R':
                    _pool.Order(First, AdminState.Ready);
                    break;
                default:
                    _record.Add(First, HealthStateMachineTests.Letters[letter], null);
                    break;
            }

            string state = BackendStateNames.Of(First.AdminState, First.Health.State.Status);
            if (First.AdminState == AdminState.Maintenance)
                Assert.Equal(default, First.Health.State);
            states.Add(_pool.Available.Contains(First) ? state + "*" : state);
        }

        return string.Join(' ', states);
    }
}
