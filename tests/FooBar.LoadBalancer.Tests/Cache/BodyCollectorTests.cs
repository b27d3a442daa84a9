using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class BodyCollectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FillBudget _budget = new(new CacheStore(new CacheOptions { Bytes = 4 * 1024 * 1024 }));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(4096, 1000)]
    [InlineData(4097, 4097)]
    [InlineData(65_536, 777)]
    [InlineData(65_537, 9000)]
    [InlineData(300_000, 16_384)]
    public async Task Body_ComesOutAsItWentIn_InSmallPieces(int length, int step)
    {
        byte[] expected = new byte[length];
        new Random(length).NextBytes(expected);
        foreach (long? known in (long?[])[length, null])
        {
            BodyCollector collector = new(known, 1_000_000, _budget);
            List<ReadOnlyMemory<byte>> copies = [];
            for (int i = 0; i < length; i += step)
                Assert.True(collector.TryAppend(expected.AsSpan(i, Math.Min(step, length - i)), copies));

            StoredBody body = collector.ToBody();
            using MemoryStream written = new();
            await body.WriteAsync(written, Token);
            Assert.Equal(expected, written.ToArray());
            Assert.Equal(expected, copies.SelectMany(copy => copy.ToArray()).ToArray());
            Assert.Equal((length, known is not null), (body.Length, collector.IsWhole));

            // Exactly the bytes, and what the arrays themselves take.
            Assert.InRange(body.Size, length, length + 40 + ((length / 4096 + 2) * 40));
            collector.Release();
        }

        Assert.Equal(0, _budget.Taken);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(65_530, 20)]
    [InlineData(99_999, 1)]
    [InlineData(0, 100_000)]
    public async Task Part_IsCutOutAcrossPieces(int from, int count)
    {
        byte[] expected = new byte[100_000];
        new Random(1).NextBytes(expected);
        BodyCollector collector = new(100_000, 1_000_000, _budget);
        Assert.True(collector.TryAppend(expected, []));

        using MemoryStream written = new();
        await collector.ToBody().WriteAsync(written, new ByteRange(from, count), Token);

        Assert.Equal(expected.AsSpan(from, count).ToArray(), written.ToArray());
    }

    [Fact]
    public void Limits_AreKept()
    {
        Assert.False(new BodyCollector(null, 10, _budget).TryAppend(new byte[11], []));
        Assert.True(new BodyCollector(null, 10, _budget).TryAppend(new byte[10], []));
        Assert.False(new BodyCollector(5, 10, _budget).TryAppend(new byte[6], []));
    }

    [Fact]
    public void Budget_IsAQuarterOfTheCache_ForAllTogether()
    {
        BodyCollector first = new(700_000, 1_000_000, _budget);
        BodyCollector second = new(700_000, 1_000_000, _budget);

        Assert.True(first.TryAppend(new byte[700_000], []));
        Assert.False(second.TryAppend(new byte[700_000], []));
        Assert.InRange(_budget.Taken, 700_000, 1024 * 1024);

        first.Release();
        second.Release();
        Assert.Equal(0, _budget.Taken);
    }
}
