using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class CacheStoreTests
{
    private static readonly HeaderDictionary NoFields = [];

    private readonly CacheStore _store = new(new CacheOptions { Bytes = 1024 * 1024 });

    [Fact]
    public void Answer_IsFoundUnderItsKeyAlone()
    {
        StoredResponse answer = Answer(10);
        Put(Key("/a"), answer);

        Assert.Same(answer, Find(Key("/a")));
        Assert.Null(Find(Key("/b")));
        Assert.Null(Find(new CacheKey("https", "foobar.com", "/a")));
        Assert.Equal((1, 1), (_store.Count, _store.Stored));
    }

    [Fact]
    public void Variants_AreFoundByTheirFields_AndReplacedByTheSame()
    {
        StoredResponse one = Answer(10, "1");
        StoredResponse two = Answer(10, "2");
        StoredResponse newer = Answer(20, "1");
        Put(Key("/a"), one);
        Put(Key("/a"), two);
        Assert.Same(one, Find(Key("/a"), "1"));
        Assert.Same(two, Find(Key("/a"), "2"));

        Put(Key("/a"), newer);
        Assert.Same(newer, Find(Key("/a"), "1"));
        Assert.Equal(2, _store.Count);

        Assert.Null(_store.Find(Key("/a"), Fields("3"), out CacheEntry? sibling));
        Assert.Same(newer, sibling!.Response);
    }

    [Fact]
    public void Variants_AreBounded_AndTheOldestGoes()
    {
        for (int i = 0; i < 20; i++)
            Put(Key("/a"), Answer(10, $"{i}"));

        Assert.Equal((16, 4), (_store.Count, _store.Evicted));
        Assert.Null(Find(Key("/a"), "3"));
        Assert.NotNull(Find(Key("/a"), "4"));
        Assert.NotNull(Find(Key("/a"), "19"));
    }

    [Fact]
    public void Bytes_AreNeverMoreThanAllowed_AndAddUp()
    {
        for (int i = 0; i < 3000; i++)
        {
            Put(Key($"/{i}"), Answer(i * 7 % 5000));
            if (i % 3 == 0)
                Find(Key($"/{i / 2}"));
            Assert.InRange(_store.Bytes, 1, 1024 * 1024);
        }

        Assert.True(_store.Evicted > 1000);
        Assert.Equal(3000, _store.Count + _store.Evicted);
        int purged = _store.Purge(PurgeScope.All).Answers;
        Assert.Equal((0, 0), (_store.Bytes, _store.Count));
        Assert.Equal(3000, purged + _store.Evicted);
    }

    [Fact]
    public void Replacement_OfAnotherSize_IsCountedAsThat()
    {
        Put(Key("/a"), Answer(1000));
        long before = _store.Bytes;

        Put(Key("/a"), Answer(5000));
        Assert.Equal(before + 4000, _store.Bytes);

        CacheEntry entry = _store.Find(Key("/a"), NoFields, out _)!;
        Assert.True(_store.Replace(entry, entry.Response, Answer(2000), _store.Stamp(Key("/a"))));
        Assert.Equal(before + 1000, _store.Bytes);
    }

    [Fact]
    public void Answer_LargerThanTheCache_IsNotStored()
    {
        Put(Key("/a"), Answer(100));

        Assert.False(_store.Put(Key("/b"), Answer(2 * 1024 * 1024), _store.Stamp(Key("/b"))));
        Assert.NotNull(Find(Key("/a")));
    }

    [Fact]
    public void Scan_DoesNotDriveOutWhatIsUsed()
    {
        for (int i = 0; i < 40; i++)
        {
            Put(Key($"/hot/{i}"), Answer(10_000));
            Find(Key($"/hot/{i}"));
            Find(Key($"/hot/{i}"));
        }

        // A crawler that asks for ten times what fits, once each; meanwhile everybody else goes on as before.
        for (int i = 0; i < 1000; i++)
        {
            Put(Key($"/cold/{i}"), Answer(10_000));
            Find(Key($"/hot/{i % 40}"));
        }

        Assert.Equal(40, Enumerable.Range(0, 40).Count(i => Find(Key($"/hot/{i}")) is not null));
    }

    [Fact]
    public void Answer_ThatComesBackSoon_Stays()
    {
        void Fill(string prefix)
        {
            for (int i = 0; i < 120; i++)
                Put(Key($"/{prefix}/{i}"), Answer(10_000));
        }

        Fill("a");
        Assert.Null(Find(Key("/a/0")));
        Put(Key("/a/0"), Answer(10_000));
        Fill("b");

        Assert.NotNull(Find(Key("/a/0")));
        Assert.Null(Find(Key("/a/1")));
    }

    [Fact]
    public void Invalidation_RemovesEveryVariant_AndKeepsOutWhatWasOnItsWay()
    {
        Put(Key("/a"), Answer(10, "1"));
        Put(Key("/a"), Answer(10, "2"));
        Put(Key("/b"), Answer(10));
        long before = _store.Stamp(Key("/a"));

        _store.Invalidate(Key("/a"));

        Assert.Equal((null, null), (Find(Key("/a"), "1"), Find(Key("/a"), "2")));
        Assert.NotNull(Find(Key("/b")));
        Assert.False(_store.Put(Key("/a"), Answer(10), before));
        Assert.True(_store.Put(Key("/a"), Answer(10), _store.Stamp(Key("/a"))));
    }

    [Fact]
    public void Confirmation_OfWhatIsNoLongerThere_IsNotStored()
    {
        Put(Key("/a"), Answer(10));
        CacheEntry entry = _store.Find(Key("/a"), NoFields, out _)!;
        StoredResponse old = entry.Response;
        long stamp = _store.Stamp(Key("/a"));
        Put(Key("/a"), Answer(11));
        Assert.False(_store.Replace(entry, old, Answer(12), stamp));

        _store.Purge(PurgeScope.All);
        Assert.False(_store.Replace(entry, entry.Response, Answer(12), _store.Stamp(Key("/a"))));
        Assert.Equal(0, _store.Bytes);
    }

    [Fact]
    public void Purge_TakesWhatItNames()
    {
        foreach (string host in (string[])["www.foobar.com", "www.foobar.com:8443", "foobar.com"])
        {
            foreach (string target in (string[])["/a", "/a?x=1", "/ab", "/b"])
                Put(new CacheKey("https", host, target), Answer(10));
        }

        long before = _store.Bytes;
        long stamp = _store.Stamp(Key("/b"));
        Purged one = _store.Purge(PurgeScope.Read("https://foobar.com/a", below: false)!);
        Assert.Equal((1, 11), (one.Answers, _store.Count));
        Assert.Equal(before - _store.Bytes, one.Bytes);
        Assert.False(_store.Put(Key("/b"), Answer(10), stamp));
        before = _store.Bytes;
        Purged all = _store.Purge(PurgeScope.All);
        Assert.Equal((11, before), (all.Answers, all.Bytes));
        Assert.Equal((0, 0), (_store.Count, _store.Bytes));
        Assert.Equal(default, _store.Purge(PurgeScope.All));
    }

    [Fact]
    public void Trim_GivesBack_AndTheBoundStays()
    {
        for (int i = 0; i < 50; i++)
            Put(Key($"/{i}"), Answer(10_000));
        long before = _store.Bytes;

        _store.Trim();
        Assert.InRange(_store.Bytes, 1, before / 2);
        for (int i = 0; i < 20; i++)
            _store.Trim();
        Assert.Equal((0, 0), (_store.Count, _store.Bytes));

        for (int i = 0; i < 50; i++)
            Put(Key($"/{i}"), Answer(10_000));
        Assert.Equal(before, _store.Bytes);
    }

    [Fact]
    public void Reload_ChangesTheBound()
    {
        for (int i = 0; i < 50; i++)
            Put(Key($"/{i}"), Answer(10_000));

        _store.Prepare(Fakes.Settings(new GatewayOptions { Cache = new CacheOptions { Bytes = 100_000 } }))();
        Assert.InRange(_store.Bytes, 1, 100_000);

        _store.Prepare(Fakes.Settings(new GatewayOptions { Cache = new CacheOptions { Bytes = 0 } }))();
        Assert.Equal(0, _store.Count);
        Assert.False(_store.Put(Key("/a"), Answer(10), _store.Stamp(Key("/a"))));
    }

    [Fact]
    public void Lookup_AllocatesNothing()
    {
        Put(Key("/a"), Answer(10, "1"));
        CacheKey key = Key("/a");
        HeaderDictionary fields = Fields("1");
        _store.Find(key, fields, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            _store.Find(key, fields, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Purge_WhileOthersStore_LeavesNothingOfBefore()
    {
        int version = 0;
        using CancellationTokenSource stop = new();
        Task storing = Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(() =>
        {
            Random random = new(seed);
            while (!stop.IsCancellationRequested)
            {
                CacheKey key = Key($"/{random.Next(50)}");
                long stamp = _store.Stamp(key);
                _store.Put(key, Answer(Volatile.Read(ref version)), stamp);
            }
        })));
        int seen = 0;
        CancellationToken limit = Eventually.Limit;

        // On a busy machine the others may begin when 2,000 are over.
        for (int next = 1; (next <= 2000 || seen == 0) && !limit.IsCancellationRequested; next++)
        {
            Volatile.Write(ref version, next);
            _store.Purge(PurgeScope.All);
            for (int i = 0; i < 50; i++)
            {
                if (_store.Find(Key($"/{i}"), NoFields, out _) is { } entry)
                {
                    Assert.InRange(entry.Response.Body.Length, next, int.MaxValue);
                    seen++;
                }
            }
        }

        await stop.CancelAsync();
        await storing;
        Assert.True(seen > 0, "Nothing was stored meanwhile.");
    }

    [Fact]
    public async Task ManyThreads_LeaveItConsistent()
    {
        CacheStore store = new(new CacheOptions { Bytes = 200_000 });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            Random random = new(seed);
            for (int i = 0; i < 5000; i++)
            {
                CacheKey key = Key($"/{random.Next(10)}/{random.Next(10)}");
                int what = random.Next(20);
                if (what == 0)
                    store.Invalidate(key);
                else if (what == 1)
                    store.Purge(PurgeScope.Read($"https://www.foobar.com/{random.Next(10)}", below: true)!);
                else if (what == 2)
                    store.Trim();
                else if (what < 10)
                    store.Put(key, Answer(random.Next(3000), $"{random.Next(3)}"), store.Stamp(key));
                else if (store.Find(key, Fields($"{random.Next(3)}"), out _) is { } entry && what < 12)
                    store.Replace(entry, entry.Response, Answer(random.Next(3000), "1"), store.Stamp(key));
            }
        })));

        Assert.InRange(store.Bytes, 0, 200_000);
        Assert.Equal(store.Count, store.Purge(PurgeScope.All).Answers);
        Assert.Equal((0, 0), (store.Bytes, store.Count));
    }

    private static CacheKey Key(string target) => new("https", "www.foobar.com", target);

    private static HeaderDictionary Fields(string value) => new() { ["Foo"] = value };

    private static StoredResponse Answer(int length, string? foo = null)
    {
        KeyValuePair<string, StringValues>[] headers = [new("Date", "Thu, 01 Jan 2026 11:30:00 GMT")];
        VaryFields vary = foo is null ? VaryFields.None : VaryFields.Of("Foo", Fields(foo));
        StoredResponse.Receipt receipt = new(DateTimeOffset.UnixEpoch, 0, default, false, vary);
        return new StoredResponse(200, headers, new StoredBody([new byte[(length + 7) / 8 * 8]], length), receipt);
    }

    private void Put(CacheKey key, StoredResponse answer) => Assert.True(_store.Put(key, answer, _store.Stamp(key)));

    private StoredResponse? Find(CacheKey key, string? foo = null) => _store.Find(key, foo is null ? NoFields : Fields(foo), out _)?.Response;
}
