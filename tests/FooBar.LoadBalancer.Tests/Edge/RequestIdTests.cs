using System.Globalization;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class RequestIdTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 30, 15, 123, TimeSpan.Zero);

    [Fact]
    public void Next_IsAUuidOfVersion7WithTheTime()
    {
        for (int i = 0; i < 1000; i++)
        {
            string id = RequestIds.Next(Now);

            Assert.Equal(32, id.Length);
            Assert.Equal(Now.ToUnixTimeMilliseconds(), long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            Guid uuid = Guid.ParseExact(id, "N");
            Assert.Equal(7, uuid.Version);
            Assert.InRange(uuid.Variant, 8, 11);
        }
    }

    [Fact]
    public void Next_ManyThreads_AreAllDifferent()
    {
        const int threads = 4, each = 5000;
        string[][] ids = new string[threads][];
        Thread[] makers = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => ids[i] = [.. Enumerable.Range(0, each).Select(_ => RequestIds.Next(Now))]))];

        foreach (Thread maker in makers)
            maker.Start();
        foreach (Thread maker in makers)
            maker.Join();

        Assert.Equal(threads * each, ids.SelectMany(id => id).Distinct(StringComparer.Ordinal).Count());

        // Each random bit is one in about half of them.
        for (int digit = 13; digit < 32; digit++)
            Assert.InRange(ids[0].Select(id => id[digit]).Distinct().Count(), digit == 16 ? 4 : 16, 16);
    }
}
