using FooBar.ServiceDefaults.Stopping;
using FooBar.Testing;
using Microsoft.AspNetCore.Connections.Features;

namespace FooBar.ServiceDefaults.Tests.Stopping;

public sealed class FirstRequestTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly FakeTime _time = new();
    private readonly Server _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void Stop_BeforeTheFirstRequest_IsHeardWhenThatBegins()
    {
        using FirstRequest first = new(_server, Grace, _time);

        _server.RequestClose();
        _time.Advance(Grace - TimeSpan.FromTicks(1));
        Assert.False(first.ConnectionClosedRequested.IsCancellationRequested);
        first.Begin();

        Assert.True(first.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_BeforeTheConnectionIsThere_GivesItTheSameGrace()
    {
        _server.RequestClose();

        using FirstRequest first = new(_server, Grace, _time);
        Assert.False(first.ConnectionClosedRequested.IsCancellationRequested);
        first.Begin();

        Assert.True(first.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_WithoutARequest_IsHeardWhenTheGraceIsOver()
    {
        using FirstRequest first = new(_server, Grace, _time);

        _server.RequestClose();
        _time.Advance(Grace - TimeSpan.FromTicks(1));
        Assert.False(first.ConnectionClosedRequested.IsCancellationRequested);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.True(first.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_AfterTheFirstRequest_IsHeardAtOnce()
    {
        using FirstRequest first = new(_server, Grace, _time);

        first.Begin();
        first.Begin();
        Assert.False(first.ConnectionClosedRequested.IsCancellationRequested);
        _server.RequestClose();

        Assert.True(first.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_WithoutGrace_IsHeardAtOnce()
    {
        using FirstRequest first = new(_server, TimeSpan.Zero, _time);

        _server.RequestClose();

        Assert.True(first.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Close_ThatTheApplicationAsksFor_IsTheServersMatter()
    {
        using FirstRequest first = new(_server, Grace, _time);

        first.RequestClose();

        Assert.True(_server.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void End_OfTheConnection_LeavesNoTimer()
    {
        using (FirstRequest first = new(_server, Grace, _time))
        {
            _server.RequestClose();
            Assert.Equal(1, _time.PendingTimers);
        }

        Assert.Equal(0, _time.PendingTimers);
    }

    /// <summary>Kestrel's own feature, which its stop cancels.</summary>
    private sealed class Server : IConnectionLifetimeNotificationFeature, IDisposable
    {
        private readonly CancellationTokenSource _close = new();

        public Server() => ConnectionClosedRequested = _close.Token;

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => _close.Cancel();

        public void Dispose() => _close.Dispose();
    }
}
