using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class MemoryWatchTests : IDisposable
{
    private readonly LogLines _log = new();
    private readonly LoggerFactory _loggers;
    private readonly CountedHolder _holder = new();
    private long _used;

    public MemoryWatchTests() => _loggers = new LoggerFactory([_log]);

    public void Dispose()
    {
        _loggers.Dispose();
        _log.Dispose();
    }

    /// <summary>Used bytes of 1,000, and whether memory is scarce after them, in this order.</summary>
    [Theory]
    [InlineData("849", "no")]
    [InlineData("850", "scarce")]
    [InlineData("850 849 801 800", "scarce scarce scarce scarce")]
    [InlineData("850 799 849 850", "scarce no no scarce")]
    public void Memory_IsScarceFromTheLimit_UntilItIsClearlyLess(string used, string expected)
    {
        MemoryWatch watch = Watch();

        string seen = string.Join(' ', used.Split(' ').Select(bytes =>
        {
            _used = long.Parse(bytes, null);
            watch.Look();
            return watch.IsScarce ? "scarce" : "no";
        }));

        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Transitions_AreLoggedOnce_AndHoldersAreAskedAsLongAsItLasts()
    {
        MemoryWatch watch = Watch();
        foreach (long used in (long[])[100, 900, 950, 820, 100, 100])
        {
            _used = used;
            watch.Look();
        }

        Assert.Equal(3, _holder.Trims);
        Assert.Equal(0.1, watch.Share);
        Assert.Equal(
            [
                "Error FooBar.LoadBalancer.Limits.MemoryWatch[1503] Memory is scarce: 900 of 1000 bytes are used, and Gateway:Limits:Memory is 0.85. New connections and requests are refused",
                "Information FooBar.LoadBalancer.Limits.MemoryWatch[1504] Memory is enough again: 100 of 1000 bytes are used. Connections and requests are let in",
            ],
            _log.Lines);
    }

    [Fact]
    public void Heap_IsCollectedNoMoreOftenThanItsInterval()
    {
        FakeTime time = new();
        ManagedHeap heap = new(time);

        heap.Trim();
        heap.Trim();
        time.Advance(ManagedHeap.Interval - TimeSpan.FromTicks(1));
        heap.Trim();
        Assert.Equal(1, heap.Collections);
        time.Advance(TimeSpan.FromTicks(1));
        heap.Trim();
        Assert.Equal(2, heap.Collections);
    }

    [Fact]
    public void ThisProcess_UsesSomeOfWhatThereIs()
    {
        MemoryUse use = MemoryUse.OfThisProcess();

        Assert.InRange(use.Used, 1_000_000, use.Limit - 1);
        Assert.InRange(use.Share, double.Epsilon, 1);
    }

    private MemoryWatch Watch() => new(
        new CurrentSettings(new GatewayOptions()),
        new MemorySource(() => new MemoryUse(_used, 1000)),
        [_holder],
        _loggers.CreateLogger<MemoryWatch>());

    private sealed class CountedHolder : IMemoryHolder
    {
        public int Trims { get; private set; }

        public void Trim() => Trims++;
    }
}
