using System.Diagnostics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>
/// A connection whose client sends requests beyond the limit while the server's one task that answers is behind comes to its end. The server is
/// held up where it writes a line about a body that nobody has read.
/// </summary>
public sealed class LostConnectionTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task RequestsBeyondTheLimit_WhileTheServerIsBehind_LeaveNoConnection()
    {
        using TestCertificates certificates = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        backend.Handler = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using WriterStop stop = new();
        await using TestGateway gateway = await TestGateway.StartAsync(
            certificates,
            [(backend.Name, backend.Url)],
            services => services.Replace(ServiceDescriptor.Singleton<ILoggerProvider>(stop)),
            "--Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel=Information");
        await gateway.AvailableAsync("web-1");

        await using (RawHttp2Client client = await RawHttp2Client.ConnectAsync(gateway.HttpsPort, certificates.Authority))
        {
            int id = await HoldUpAsync(client, stop);
            Http2Frames frames = new();
            for (int i = 0; i < 400; i++, id += 2)
                frames.Get(id, Http2Attack.Slow);
            await client.SendAsync(frames.Add(FrameType.Ping, 0, 0, new byte[8]));

            // The task that reads answers by itself: all that was sent before has been taken then, or the connection is gone.
            await Eventually.TrueAsync(() => client.Received(FrameType.Ping) > 0 || client.Closed.IsCompleted, () => "no answer to PING");
        }

        stop.Release();
        await Eventually.TrueAsync(() => gateway.Occupancy.Connections == 0, () => $"{gateway.Occupancy.Connections} connections");
    }

    [Fact]
    public async Task RequestsBeyondTheLimit_AreRefused_UntilOneIsGivenUp()
    {
        int begun = 0;
        using TestCertificates certificates = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        backend.Handler = context =>
        {
            if (context.Request.Path == Http2Attack.Slow)
                Interlocked.Increment(ref begun);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [backend], "Limits:Http2Streams=3");
        await gateway.AvailableAsync("web-1");
        await using RawHttp2Client client = await RawHttp2Client.ConnectAsync(gateway.HttpsPort, certificates.Authority);

        await client.SendAsync(new Http2Frames().Get(1, Http2Attack.Slow).Get(3, Http2Attack.Slow).Get(5, Http2Attack.Slow));
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 3, () => $"{begun} have begun");
        await client.SendAsync(new Http2Frames().Get(7, Http2Attack.Slow).Get(9, Http2Attack.Slow));
        await Eventually.TrueAsync(() => client.Refused == 2, () => $"{client.Refused} are refused");
        Assert.Equal(3, client.Streams);

        await client.SendAsync(new Http2Frames().ResetStream(1).Get(11, Http2Attack.Slow));
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 4, () => $"{begun} have begun, {client.Refused} are refused");
        await client.SendAsync(new Http2Frames().Get(13, Http2Attack.Slow));
        await Eventually.TrueAsync(() => client.Refused == 3, () => $"{begun} have begun, {client.Refused} are refused");
        Assert.Equal(4, Volatile.Read(ref begun));
        Assert.Contains("gateway_shed_total{reason=\"streams\"} 3\n", await gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    /// <summary>Sends requests whose body does not come until the server is held up, and returns the next stream's id.</summary>
    private static async Task<int> HoldUpAsync(RawHttp2Client client, WriterStop stop)
    {
        (string Name, string Value)[] elsewhere = [(":method", "POST"), (":scheme", "https"), (":authority", "elsewhere.example"), (":path", "/")];
        int id = 1;
        for (; id < 100 && !stop.Held.IsCompleted; id += 2)
        {
            int answered = client.Received(FrameType.Headers);
            await client.SendAsync(new Http2Frames().Add(FrameType.Headers, Http2Frames.EndHeaders, id, Http2Frames.Block(elsewhere)));
            await Eventually.TrueAsync(() => client.Received(FrameType.Headers) > answered || stop.Held.IsCompleted, () => "no answer");
        }

        await stop.Held.WaitAsync(Token);
        return id;
    }

    /// <summary>Holds up the server's task that writes answers, once.</summary>
    private sealed class WriterStop : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEvent _released = new(false);

        public Task Held => _held.Task;

        public void Release() => _released.Set();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // The same line is written by the request's own task, if that is the later of the two.
            if (eventId.Name != "RequestBodyNotEntirelyRead" || !new StackTrace().ToString().Contains("WriteToOutputPipe", StringComparison.Ordinal))
                return;
            _held.TrySetResult();
            _released.WaitOne();
        }

        public void Dispose()
        {
            _released.Set();
        }
    }
}
