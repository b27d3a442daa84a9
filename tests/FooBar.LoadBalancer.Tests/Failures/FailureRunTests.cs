using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>
/// A steady flow of requests with ids, while everything that can happen to a gateway's surroundings, and to itself in order, happens. The
/// backends write down what arrives; at the end the two sides are held against each other.
/// </summary>
public sealed class FailureRunTests : IAsyncLifetime
{
    private const string Ready = "READY=1\nSTATUS=Serving";
    private const string Stopping = "STOPPING=1\nSTATUS=Stopping: finishing what is in hand";

    private readonly TestCertificates _certificates = new();
    private readonly SettingsFile _settings = new();
    private readonly ServiceManager _systemd = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-oracle-").FullName;
    private readonly List<string> _done = [];
    private readonly Operator _operator;
    private OracleProcess[] _backends = [];
    private SocketHolder? _sockets;
    private HttpClient? _admin;
    private Visitors? _visitors;
    private int _gateway;
    private string _certificatePath = "";
    private string _keyPath = "";

    public FailureRunTests() => _operator = new Operator(_folder);

    /// <summary>Another serves meanwhile: no kept connection needs to be closed under a request.</summary>
    private const string KeptLong = "Drain:NextRequest=00:00:10";

    private static CancellationToken Token => Eventually.Limit;

    private int PerSecond { get; } = Catalogue.IsThorough ? 500 : 150;

    /// <summary>How many answers show, between two events, that the site serves.</summary>
    private int Breath => PerSecond;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(OracleBackend.Operations(_folder));
        _backends = [await OracleProcess.StartAsync("web-1", _folder, _certificates), await OracleProcess.StartAsync("web-2", _folder, _certificates)];
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, _backends[0].Url);
        environment["Gateway__Backends__1__Name"] = "web-2";
        environment["Gateway__Backends__1__Url"] = _backends[1].Url;
        environment["Gateway__Routes__0__Path"] = "/keyed";
        environment["Gateway__Routes__0__OperationParameter"] = "op";
        environment["Gateway__Health__Timeout"] = "00:00:01";

        // Visitors, gateway and backends share the machine: a connection takes what it takes. One to a process that hangs is given up by the checks.
        environment["Gateway__Forwarding__ConnectTimeout"] = environment["Gateway__Limits__TlsHandshakeTimeout"] = "00:00:30";
        environment["Gateway__Retries__Deadline"] = "00:01:00";
        environment["Gateway__ReloadInterval"] = "00:00:00.2";
        _operator.AddTo(environment);
        environment["NOTIFY_SOCKET"] = _systemd.Address;
        environment["SettingsFile"] = _settings.Write("Policy=LeastConnections", KeptLong).Path;
        (_certificatePath, _keyPath) = (environment["Gateway__CertificatePath"], environment["Gateway__KeyPath"]);
        _sockets = await SocketHolder.ListenAsync(["https", "http", "admin"], environment, "dotnet", ServiceEnvironment.Program);
        _admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_sockets.Ports[2]}") };
        _gateway = await _sockets.StartAsync();
        Assert.Equal(Ready, await _systemd.NextAsync());
        await UpAsync("web-1", 1);
        await UpAsync("web-2", 1);
    }

    [Fact]
    public async Task EverythingThatHappensInOrder_AndEachLossOfAnInstance_IsSeenByNobody()
    {
        _visitors = Visitors.Come(new Uri($"https://localhost:{_sockets!.Ports[0]}"), TestGateway.Trusting(_certificates.Authority), PerSecond);
        await BreatheAsync();
        foreach (OracleProcess backend in _backends)
        {
            await DoAsync($"{backend.Name} killed and started", () => EndAndStartAsync(backend, "KILL"));
            await DoAsync($"{backend.Name} stopped and continued", () => HangAsync(backend));
            await DoAsync($"{backend.Name} ended in order and started", () => EndAndStartAsync(backend, "TERM"));
            await DoAsync($"{backend.Name} drained by a person and back", () => TakeOutAndBackAsync(backend, "drain"));
            await DoAsync($"{backend.Name} in maintenance and back", () => TakeOutAndBackAsync(backend, "maintenance"));
        }

        await DoAsync("another certificate", SwapCertificateAsync);
        await DoAsync("other settings", ReloadAsync);
        await DoAsync("the gateway handed over to another process", HandOverAsync);
        int before = _visitors.Ended.Count(visit => visit.AskedAgain is not null);
        await DoAsync("the gateway ended and started on its sockets", RestartAsync);
        await _visitors.LeaveAsync();
        double perSecond = _visitors.Ended.Count / _visitors.Came.TotalSeconds;
        foreach (OracleProcess backend in _backends)
            await backend.EndAsync("TERM");

        IReadOnlyCollection<Visit> visits = _visitors.Ended;
        string[] notes = [.. _backends.SelectMany(backend => File.ReadAllLines(OracleBackend.Notes(_folder, backend.Name)))];
        HashSet<string> operations = [.. Directory.EnumerateFiles(OracleBackend.Operations(_folder)).Select(path => Path.GetFileName(path))];
        IReadOnlyList<string> wrong = Oracle.Check(visits, notes, operations);
        string summary = Summary(visits);
        EvidenceLine.Print($"Failure run at {PerSecond} requests a second: {string.Join("; ", _done)}", string.Create(CultureInfo.InvariantCulture, $"{perSecond:0} a second came; {summary}"));
        Assert.True(wrong.Count == 0, $"{summary}\n{string.Join('\n', wrong.Take(30))}\n{string.Join('\n', _done)}\n{Tail(_sockets.Log)}");

        // Only a gateway that nobody takes over from closes connections on which a request may be.
        Assert.True(before == 0, $"{before} were asked again before the restart\n{string.Join('\n', visits.Where(visit => visit.AskedAgain is not null).Take(20))}\n{string.Join('\n', _done)}");
        Assert.All(Enum.GetValues<VisitKind>(), kind => Assert.Contains(visits, visit => visit.Kind == kind && visit.End == VisitEnd.Answered));
    }

    public async ValueTask DisposeAsync()
    {
        if (_visitors is not null)
            await _visitors.DisposeAsync();
        _admin?.Dispose();
        if (_sockets is not null)
            await _sockets.DisposeAsync();
        foreach (OracleProcess backend in _backends)
            await backend.DisposeAsync();
        _systemd.Dispose();
        _operator.Dispose();
        _settings.Dispose();
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task DoAsync(string what, Func<Task> act)
    {
        await act();
        await BreatheAsync();
        _done.Add(what);
    }

    private Task BreatheAsync() => _visitors!.AnsweredAsync(Breath, () => $"{string.Join('\n', _done)}\n{Tail(_sockets!.Log)}");

    private async Task EndAndStartAsync(OracleProcess backend, string signal)
    {
        await backend.EndAsync(signal);
        await UpAsync(backend.Name, 0);
        await BreatheAsync();
        await backend.StartAsync();
        await UpAsync(backend.Name, 1);
    }

    private async Task HangAsync(OracleProcess backend)
    {
        await backend.SignalAsync("STOP");
        await UpAsync(backend.Name, 0);
        await BreatheAsync();
        await backend.SignalAsync("CONT");
        await UpAsync(backend.Name, 1);
    }

    private Task TakeOutAndBackAsync(OracleProcess backend, string state) => _operator.TakeOutAndBackAsync(_admin!.BaseAddress!, backend.Name, state, BreatheAsync);

    /// <summary>First the certificate and then the key, as they come: in between they do not fit each other.</summary>
    private async Task SwapCertificateAsync()
    {
        using X509Certificate2 next = _certificates.Issue("localhost");
        (string certificatePath, string keyPath) = _certificates.Write(next);
        File.Move(certificatePath, _certificatePath, overwrite: true);
        await BreatheAsync();
        File.Move(keyPath, _keyPath, overwrite: true);
        string serial = "";
        await Eventually.TrueAsync(
            () => (serial = ServedSerialAsync().GetAwaiter().GetResult()) == next.SerialNumber, () => $"{serial} is served, not {next.SerialNumber}\n{Tail(_sockets!.Log)}");
    }

    private async Task ReloadAsync()
    {
        double before = await ReadAsync("gateway_config_generation ");
        _settings.Write("Policy=RoundRobin", KeptLong);
        await Eventually.TrueAsync(
            () => ReadAsync("gateway_config_generation ").GetAwaiter().GetResult() > before, () => Tail(_sockets!.Log));
    }

    private async Task HandOverAsync()
    {
        int next = await _sockets!.StartAsync();
        Assert.Equal(Ready, await _systemd.NextAsync());
        await Signals.TerminateAsync(_gateway);
        Assert.Equal(0, await _sockets.EndAsync(_gateway));
        Assert.Equal(Stopping, await _systemd.NextAsync());
        _gateway = next;
    }

    /// <summary>Whoever comes meanwhile waits until the next one listens: the old one must not take long.</summary>
    private async Task RestartAsync()
    {
        double before = await ReadAsync("gateway_config_generation ");
        _settings.Write("Policy=RoundRobin", "Drain:NextRequest=00:00:00.5");
        await Eventually.TrueAsync(
            () => ReadAsync("gateway_config_generation ").GetAwaiter().GetResult() > before, () => Tail(_sockets!.Log));
        await Signals.TerminateAsync(_gateway);
        Assert.Equal(0, await _sockets!.EndAsync(_gateway));
        Assert.Equal(Stopping, await _systemd.NextAsync());
        _gateway = await _sockets.StartAsync();
        Assert.Equal(Ready, await _systemd.NextAsync());
    }

    private Task UpAsync(string name, int expected) => Eventually.TrueAsync(
        () => ReadAsync($"gateway_backend_up{{backend=\"{name}\"}} ").GetAwaiter().GetResult() == expected,
        () => $"{name} is not {(expected == 1 ? "up" : "out")}\n{Tail(_sockets!.Log)}");

    private async Task<double> ReadAsync(string series)
    {
        string scrape = await _admin!.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token);
        string line = scrape.Split('\n').Single(text => text.StartsWith(series, StringComparison.Ordinal));
        return double.Parse(line[series.Length..], CultureInfo.InvariantCulture);
    }

    private async Task<string> ServedSerialAsync()
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync("127.0.0.1", _sockets!.Ports[0], Token);
        await using SslStream tls = new(tcp.GetStream());
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "localhost";
        await tls.AuthenticateAsClientAsync(options, Token);
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private static string Summary(IReadOnlyCollection<Visit> visits) => string.Join(
        ", ",
        Enum.GetValues<VisitKind>().Select(kind =>
        {
            Visit[] those = [.. visits.Where(visit => visit.Kind == kind)];
            return FormattableString.Invariant(
                $"{those.Length} {kind}: {those.Count(visit => visit.End == VisitEnd.Failed)} failed, {those.Count(visit => visit.End == VisitEnd.Cut)} cut so that it shows, {those.Count(visit => visit.End == VisitEnd.Broken)} cut or mixed up and looking whole, {those.Count(visit => visit.AskedAgain is not null)} asked again in the restart, the slowest {those.Max(visit => visit.Took.TotalSeconds):0.0} s");
        }));

    /// <summary>What the program said, without the access log.</summary>
    private static string Tail(string log) => string.Join('\n', log.Split('\n').Where(line => !line.StartsWith("{\"log\":\"access\"", StringComparison.Ordinal)).TakeLast(60));
}
