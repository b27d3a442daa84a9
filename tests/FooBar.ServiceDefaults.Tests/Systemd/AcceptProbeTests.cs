using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Systemd;
using FooBar.Testing;

namespace FooBar.ServiceDefaults.Tests.Systemd;

/// <summary>The probe against listeners that do not do what they should.</summary>
public sealed class AcceptProbeTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly TestCertificates _certificates = new();
    private readonly X509Certificate2 _certificate;
    private readonly FakeTime _time = new();
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
        Task<string?> probe = AskAsync(tls);

        _time.Advance(Deadline - TimeSpan.FromTicks(1));
        Assert.False(probe.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("no answer within 10 s", await probe);
    }

    [Fact]
    public async Task Ask_WhereNobodyListens_SaysSo()
    {
        int port = FreePorts.Next();

        Assert.Equal(
            "Connection refused",
            await AcceptProbe.AskAsync(new IPEndPoint(IPAddress.Loopback, port), _certificate, _ => { }, Deadline, _time, Token));
    }

    [Fact]
    public async Task Ask_AListenerThatHangsUp_SaysSo()
    {
        Task<string?> probe = AskAsync(tls: true);
        using (TcpClient peer = await _listener.AcceptTcpClientAsync(Token))
        {
            peer.Client.Shutdown(SocketShutdown.Both);
        }

        Assert.Equal("Received an unexpected EOF or 0 bytes from the transport stream.", await probe);
    }

    [Fact]
    public async Task Ask_AListenerWithAnotherAnswer_RepeatsIt()
    {
        Task<string?> probe = AskAsync(tls: false);
        using TcpClient peer = await _listener.AcceptTcpClientAsync(Token);
        await peer.GetStream().WriteAsync("HTTP/1.1 503 Service Unavailable\r\n\r\n"u8.ToArray(), Token);

        Assert.Equal("/health/live was answered with 'HTTP/1.1 503 Service Unavailable'", await probe);
    }

    [Fact]
    public async Task Ask_ThatIsCancelled_IsNoFailureOfTheListener()
    {
        using CancellationTokenSource stop = new();
        Task<string?> probe = AskAsync(tls: true, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
    }

    private Task<string?> AskAsync(bool tls, CancellationToken? cancel = null) =>
        AcceptProbe.AskAsync((IPEndPoint)_listener.LocalEndpoint, tls ? _certificate : null, _ => { }, Deadline, _time, cancel ?? Token);
}
