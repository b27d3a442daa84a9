using FooBar.AppHost.Testing;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Testing;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly FakeTime _time = new();
    private readonly List<string> _acts = [];

    [Fact]
    public async Task Heard_AgainAndAgain_NothingIsDone()
    {
        await using Watchdog watchdog = New();
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(Silence - TimeSpan.FromSeconds(1));
            watchdog.Heard();
        }

        Assert.Empty(_acts);
    }

    [Fact]
    public async Task Silence_IsAskedOnceAndThenForcedOnce()
    {
        await using Watchdog watchdog = New();
        _time.Advance(Silence);
        Assert.Equal(["ask"], _acts);
        watchdog.Heard();
        _time.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.Equal(["ask"], _acts);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["ask", "force"], _acts);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["ask", "force"], _acts);
    }

    [Fact]
    public async Task Disposed_NothingIsDone()
    {
        await New().DisposeAsync();
        _time.Advance(Silence + Grace);
        Assert.Empty(_acts);
    }

    private Watchdog New() => new(Silence, () => _acts.Add("ask"), Grace, () => _acts.Add("force"), _time);
}
