using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Systemd;
using FooBar.Testing;

namespace FooBar.ServiceDefaults.Tests.Systemd;

/// <summary>The probe against listeners that do not do what they should, and against those that another process shares.</summary>
public sealed class AcceptProbeTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly TestCertificates _certificates = new();
    private readonly X509Certificate2 _certificate;
    private readonly FakeTime _time = new();
    private readonly AcceptRecord _accepted = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public AcceptProbeTests()
    {
        _certificate = _certificates.Issue("127.0.0.1");
        _listener.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
        _certificates.Dispose();
    }

    /// <summary>The kernel takes the connection, as it does for a process whose accept path is stuck.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_AListenerThatAcceptsNothing_GivesUpAtTheDeadline(bool tls)
    {
        Task<ProbeResult> probe = AskAsync(tls);

        _time.Advance(Deadline - TimeSpan.FromTicks(1));
        Assert.False(probe.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(ProbeResult.Failed("no answer within 10 s"), await probe);
    }

    [Fact]
    public async Task Ask_WhereNobodyListens_SaysSo()
    {
        IPEndPoint nowhere = new(IPAddress.Loopback, FreePorts.Next());

        Assert.Equal(ProbeResult.Failed("Connection refused"), await new AcceptProbe(nowhere, _accepted, tls: true, Deadline, _time).AskAsync(Token));
    }

    [Fact]
    public async Task Ask_OfOurselves_ThatHangUp_SaysSo()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        using (TcpClient peer = await AcceptAsync(isOurs: true))
        {
            peer.Client.Shutdown(SocketShutdown.Both);
        }

        Assert.Equal(ProbeResult.Failed("Received an unexpected EOF or 0 bytes from the transport stream"), await probe);
    }

    [Fact]
    public async Task Ask_OfOurselves_WithAnotherAnswer_RepeatsIt()
    {
        Task<ProbeResult> probe = AskAsync(tls: false);
        using TcpClient peer = await AcceptAsync(isOurs: true);
        await peer.GetStream().WriteAsync("HTTP/1.1 503 Service Unavailable\r\n\r\n"u8.ToArray(), Token);

        Assert.Equal(ProbeResult.Failed("/health/live was answered with 'HTTP/1.1 503 Service Unavailable'"), await probe);
    }

    /// <summary>A handshake may take all of the deadline once the connection was accepted here.</summary>
    [Fact]
    public async Task Ask_OfOurselves_WhoHang_WaitsForTheWholeDeadline()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        using TcpClient peer = await AcceptAsync(isOurs: true);

        _time.Advance(Deadline - TimeSpan.FromTicks(1));
        Task<TcpClient> next = _listener.AcceptTcpClientAsync(Token).AsTask();
        Assert.False(probe.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(ProbeResult.Failed("no answer within 10 s"), await probe);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task Ask_WhenAnotherProcessAnswersFirst_AsksUntilItIsOurTurn()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        foreach (bool isOurs in (bool[])[false, false, true])
            await AnswerAsync(isOurs);

        Assert.Equal(ProbeResult.Answered, await probe);
        Assert.Equal(1, _accepted.Count);
    }

    [Fact]
    public async Task Ask_WhenAnotherProcessAnswersAlways_HasNoVerdict()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        for (int connection = 0; connection < 4; connection++)
            await AnswerAsync(isOurs: false);

        Assert.Equal(ProbeResult.NoVerdict, await probe);
    }

    /// <summary>The other process took each of ours, and this one took its: it lives.</summary>
    [Fact]
    public async Task Ask_WhenAnotherProcessAnswersAlways_TakesOtherConnectionsOfOursForAnAnswer()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        for (int connection = 0; connection < 3; connection++)
            await AnswerAsync(isOurs: false);
        _accepted.Note(new IPEndPoint(IPAddress.Loopback, 1));
        await AnswerAsync(isOurs: false);

        Assert.Equal(ProbeResult.Answered, await probe);
    }

    [Fact]
    public async Task Ask_WhenAnotherProcessTookItAndHangs_AsksAgainAfterAQuarterOfTheDeadline()
    {
        Task<ProbeResult> probe = AskAsync(tls: true);
        using TcpClient hanging = await AcceptAsync(isOurs: false);
        _time.Advance(Deadline / 4);

        await AnswerAsync(isOurs: true);

        Assert.Equal(ProbeResult.Answered, await probe);
    }

    [Fact]
    public async Task Ask_ThatIsCancelled_IsNoFailureOfTheListener()
    {
        using CancellationTokenSource stop = new();
        Task<ProbeResult> probe = AskAsync(tls: true, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
    }

    private Task<ProbeResult> AskAsync(bool tls, CancellationToken? cancel = null) =>
        new AcceptProbe((IPEndPoint)_listener.LocalEndpoint, _accepted, tls, Deadline, _time).AskAsync(cancel ?? Token);

    /// <summary>Accepts the next connection, as this process or as another one that has the same socket.</summary>
    private async Task<TcpClient> AcceptAsync(bool isOurs)
    {
        TcpClient peer = await _listener.AcceptTcpClientAsync(Token);
        if (isOurs)
            _accepted.Note(peer.Client.RemoteEndPoint);
        return peer;
    }

    private async Task AnswerAsync(bool isOurs)
    {
        using TcpClient peer = await AcceptAsync(isOurs);
        await using SslStream tls = new(peer.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true) }, Token);
    }
}
