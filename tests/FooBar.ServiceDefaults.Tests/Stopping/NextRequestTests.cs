using FooBar.ServiceDefaults.Stopping;
using FooBar.Testing;
using Microsoft.AspNetCore.Connections.Features;

namespace FooBar.ServiceDefaults.Tests.Stopping;

public sealed class NextRequestTests : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly FakeTime _time = new();
    private readonly Server _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void Stop_BeforeTheFirstRequest_IsHeardWhenThatBegins()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);

        _server.RequestClose();
        _time.Advance(First - TimeSpan.FromTicks(1));
        Assert.False(next.ConnectionClosedRequested.IsCancellationRequested);
        next.Begin();

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_BeforeTheConnectionIsThere_GivesItTheSameFirst()
    {
        _server.RequestClose();

        using NextRequest next = new(_server, () => (First, Kept), _time);
        Assert.False(next.ConnectionClosedRequested.IsCancellationRequested);
        next.Begin();

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_WithoutARequest_IsHeardWhenTheFirstIsOver()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);

        _server.RequestClose();
        _time.Advance(First - TimeSpan.FromTicks(1));
        Assert.False(next.ConnectionClosedRequested.IsCancellationRequested);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_WithARequestInHand_IsHeardAtOnce()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);

        next.Begin();
        Assert.False(next.ConnectionClosedRequested.IsCancellationRequested);
        _server.RequestClose();

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_OfAKeptConnection_IsHeardWhenItsNextRequestBegins()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);
        next.Begin();
        next.End();

        _server.RequestClose();
        _time.Advance(Kept - TimeSpan.FromTicks(1));
        Assert.False(next.ConnectionClosedRequested.IsCancellationRequested);
        next.Begin();

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_OfAKeptConnection_IsHeardWhenTheTimeForItsNextRequestIsOver()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);
        next.Begin();
        next.End();

        _server.RequestClose();
        _time.Advance(Kept);

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Stop_WithoutTime_IsHeardAtOnce()
    {
        using NextRequest next = new(_server, () => default, _time);

        _server.RequestClose();

        Assert.True(next.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void Close_ThatTheApplicationAsksFor_IsTheServersMatter()
    {
        using NextRequest next = new(_server, () => (First, Kept), _time);

        next.RequestClose();

        Assert.True(_server.ConnectionClosedRequested.IsCancellationRequested);
    }

    [Fact]
    public void End_OfTheConnection_LeavesNoTimer()
    {
        using (NextRequest next = new(_server, () => (First, Kept), _time))
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
