using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.ServiceDefaults.Systemd;
using FooBar.Testing;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.LoadBalancer.Tests.Limits;

/// <summary>The end of a connection: what is left of its last answer is in its buffer, and the client takes it or does not.</summary>
public sealed class ConnectionGateTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly Occupancy _occupancy = new();
    private readonly ClientTable _clients;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LimitMetrics _metrics;
    private readonly ConnectionGate _gate;

    public ConnectionGateTests()
    {
        CurrentSettings settings = new(new GatewayOptions());
        MemoryWatch memory = new(settings, new MemorySource(() => default), [], NullLogger<MemoryWatch>.Instance);
        _clients = new ClientTable(_time);
        _metrics = new LimitMetrics(_services.GetRequiredService<IMeterFactory>(), _occupancy, _clients, memory);
        ShedRecord shed = new(_metrics, _time, NullLogger<ShedRecord>.Instance);
        _gate = new ConnectionGate(
            settings, _occupancy, _clients, memory, new Descriptors(100_000), new WatchedListener(), shed, _time, NullLogger<ConnectionGate>.Instance);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _services.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_ThatTheServerHasDoneWith_CountsUntilTheClientHasTakenAll(bool serverFails)
    {
        await using FullConnection connection = new();
        Task served = _gate.AcceptAsync(connection, _ => serverFails ? Task.FromException(new IOException("the server's")) : Task.CompletedTask, isTls: true);

        Assert.False(served.IsCompleted);
        Assert.Equal((1, 0, 1), (_occupancy.Connections, _occupancy.Handshakes, _clients.Enter(FullConnection.Client).Connections - 1));

        connection.Taken.SetResult();
        Exception? failed = await Record.ExceptionAsync(() => served);
        Assert.Equal(serverFails, failed is IOException);
        Assert.Equal((0, false), (_occupancy.Connections, connection.IsAborted));
    }

    /// <summary>10 s of grace, and half a megabyte at 1,024 bytes a second.</summary>
    [Fact]
    public async Task Client_WhoDoesNotTakeTheLastOfAnAnswer_IsCutWhenAFullBufferWouldHaveBeenTaken()
    {
        await using FullConnection connection = new();
        Task served = _gate.AcceptAsync(connection, _ => Task.CompletedTask, isTls: true);

        _time.Advance(TimeSpan.FromSeconds(522) - TimeSpan.FromTicks(1));
        Assert.False(connection.IsAborted);
        _time.Advance(TimeSpan.FromTicks(1));

        await served.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((true, 0), (connection.IsAborted, _occupancy.Connections));
    }

    /// <summary>One whose end waits until the client has taken what is in the buffer, or until it is aborted, as the transport's does.</summary>
    private sealed class FullConnection() : DefaultConnectionContext("full", new Pair(), new Pair())
    {
        public static readonly ClientKey Client = ClientKey.Of(IPAddress.Parse("192.0.2.1"), 64);

        public TaskCompletionSource Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAborted { get; private set; }

        public override EndPoint? RemoteEndPoint { get; set; } = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 50_000);

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsAborted = true;
            Taken.TrySetResult();
        }

        public override async ValueTask DisposeAsync()
        {
            // What hangs here is a test that has failed.
            await Taken.Task.WaitAsync(Eventually.Limit);
            await base.DisposeAsync();
        }

        private sealed class Pair : IDuplexPipe
        {
            private readonly Pipe _pipe = new();

            public PipeReader Input => _pipe.Reader;

            public PipeWriter Output => _pipe.Writer;
        }
    }
}
