using FooBar.MySql.Transport;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Transport;

public sealed class CallWatchTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingConnection _connection = new();
    private readonly CallWatch _watch;

    public CallWatchTests() => _watch = new CallWatch(_time, _connection);

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void Call_ThatIsClaimed_IsInterruptedOnlyOnceItHasBegun()
    {
        object owner = new();
        _watch.Claim();
        _watch.Cancel(owner);
        Assert.Empty(_connection.Told);

        _watch.Begin(Timeout.InfiniteTimeSpan, owner, CancellationToken.None);
        _watch.Cancel(owner);
        Assert.Equal(["stop"], _connection.Told);
    }

    [Fact]
    public void Call_BegunWithACancelledToken_IsInterruptedAtOnce()
    {
        _watch.Claim();
        _watch.Begin(Timeout.InfiniteTimeSpan, owner: null, new CancellationToken(canceled: true));

        Assert.Equal((Interruption.Cancelled, "stop"), (_watch.Interruption, Assert.Single(_connection.Told)));
    }

    [Fact]
    public void Call_ClaimedTwice_IsRefused()
    {
        _watch.Claim();

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(_watch.Claim);
        Assert.Equal("Another call is using this connection; a connection does one thing at a time.", refused.Message);
    }

    /// <summary>Another call could begin before the abort, were the connection not given up first.</summary>
    [Theory]
    [InlineData(false, "stop give up abort")]
    [InlineData(true, "stop")]
    public void Call_ThatCannotBeStopped_IsGivenUpAndThenAborted(bool stops, string told)
    {
        _connection.Stops = stops;
        Begin(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(told, string.Join(' ', _connection.Told));
    }

    [Fact]
    public void Call_ThatIsNotOverAfterTheGrace_IsGivenUpAndThenAborted()
    {
        Begin(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["stop"], _connection.Told);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["stop", "give up", "abort"], _connection.Told);
    }

    /// <summary>The timer fires on a thread of its own while calls end and begin on another: only a call that is late may be interrupted.</summary>
    [Fact]
    public async Task TimeOut_OfACallThatEnds_DoesNotHitTheNext()
    {
        int calls = Catalogue.Times(plain: 500_000, thorough: 5_000_000);
        using CancellationTokenSource end = new();
        Task clock = Task.Factory.StartNew(
            () =>
            {
                while (!end.IsCancellationRequested) _time.Advance(TimeSpan.FromSeconds(1));
            },
            TaskCreationOptions.LongRunning);
        for (int call = 0; call < calls; call++)
        {
            Begin(TimeSpan.FromSeconds(1));
            _watch.End();
            _watch.Forgive();
            Begin(Timeout.InfiniteTimeSpan);
            _watch.End();
            if (_watch.Interruption != Interruption.None) break;
        }

        await end.CancelAsync();
        await clock;
        Assert.Equal(Interruption.None, _watch.Interruption);
    }

    private void Begin(TimeSpan timeout)
    {
        _watch.Claim();
        _watch.Begin(timeout, owner: null, CancellationToken.None);
    }

    private sealed class RecordingConnection : IInterruptible
    {
        private readonly List<string> _told = [];

        public bool Stops { get; set; } = true;

        public IReadOnlyList<string> Told => _told;

        public TimeSpan Grace => TimeSpan.FromSeconds(2);

        public bool TryStop()
        {
            _told.Add("stop");
            return Stops;
        }

        public void GiveUp() => _told.Add("give up");

        public void Abort() => _told.Add("abort");
    }
}
