using System.Text.Json;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>Many who want the same at the same time: one request goes to the backend, and nobody pays for another's trouble.</summary>
public sealed class CollapseTests
{
    private const int Many = 100;

    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Misses_AtTheSameTime_AreOneRequest(string version)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        site.Answers("max-age=60", async context =>
        {
            await release.Task;
            await context.Response.WriteAsync("answer");
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));

        Task<HttpResponseMessage>[] all = [.. Enumerable.Range(0, Many).Select(_ => client.GetAsync("/a", Token))];
        await WaitingAsync(site, Many - 1);
        release.SetResult();
        string[] bodies = await Task.WhenAll(all.Select(async one => await (await one).Content.ReadAsStringAsync(Token)));

        Assert.Equal(1, site.Backend.Requests);
        Assert.All(bodies, body => Assert.Equal("answer", body));
        string[] statuses = [.. (await Task.WhenAll(all)).Select(CachedSite.StatusOf)];
        Assert.Equal(1, statuses.Count(status => status == "foobar; fwd=uri-miss; stored"));
        Assert.Equal(Many - 1, statuses.Count(status => status == "foobar; fwd=uri-miss; collapsed"));
    }

    [Fact]
    public async Task Answer_ThatIsForNobodyElse_LetsAllOthersGoAtOnce_AndIsRemembered()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        using CountdownGate first = new(int.MaxValue);
        using CountdownGate others = new(Many - 1);
        using CountdownGate again = new(Many);
        int asked = 0;
        site.Answers("private", async context =>
        {
            // The first answer goes out when all the others wait for it; theirs only when all of them are here together.
            int number = Interlocked.Increment(ref asked);
            await (number == 1 ? first : number <= Many ? others : again).PassAsync();
            await context.Response.WriteAsync($"answer {number}");
        });

        Task<(string, string Body)>[] all = [.. Enumerable.Range(0, Many).Select(_ => site.GetAsync("/a"))];
        await WaitingAsync(site, Many - 1);
        first.Open();
        (string, string Body)[] answers = await Task.WhenAll(all);
        Assert.Equal(Many, answers.Select(answer => answer.Body).Distinct().Count());

        // Now that it is known, nobody waits for anybody: all of them are at the backend at the same time.
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => site.GetAsync("/a")));
        Assert.Equal(2 * Many, site.Backend.Requests);
    }

    [Fact]
    public async Task Variants_AreFilledOnceEach()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        site.Answers("max-age=60", async context =>
        {
            context.Response.Headers.Vary = "Accept-Encoding";
            await release.Task;
            await context.Response.WriteAsync(context.Request.Headers.AcceptEncoding.ToString());
        });

        Task<(string, string Body)>[] all = [.. Enumerable.Range(0, Many).Select(i => site.GetAsync("/a", $"Accept-Encoding: {(i % 2 == 0 ? "gzip" : "br")}"))];
        await WaitingAsync(site, Many - 1);
        release.SetResult();
        (string, string Body)[] answers = await Task.WhenAll(all);

        Assert.Equal(2, site.Backend.Requests);
        Assert.Equal(answers.Select((_, i) => i % 2 == 0 ? "gzip" : "br"), answers.Select(answer => answer.Body));
    }

    [Fact]
    public async Task Password_IsNeitherWaitedForNorAnsweredByOthers()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        site.Answers("max-age=60", async context =>
        {
            if (context.Request.Headers.Authorization.Count == 0)
                await release.Task;
            await context.Response.WriteAsync(context.Request.Headers.Authorization.ToString());
        });
        Task<(string, string)> leader = site.GetAsync("/a");
        await Eventually.TrueAsync(() => site.Backend.Requests == 1, () => "nobody leads");

        Assert.Equal(("foobar; fwd=uri-miss", "secret"), await site.GetAsync("/a", "Authorization: secret"));
        release.SetResult();
        Assert.Equal(("foobar; fwd=uri-miss; stored", ""), await leader);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Leader_WhoseClientLeaves_GoesOnForTheOthers(string version)
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        site.Answers("max-age=60", async context =>
        {
            await release.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("answer");
        });
        using HttpClient client = site.Gateway.Client(Version.Parse(version));
        using CancellationTokenSource impatient = new();
        Task<HttpResponseMessage> leader = client.GetAsync("/left", impatient.Token);
        await Eventually.TrueAsync(() => site.Backend.Requests == 1, () => "nobody leads");
        Task<(string, string Body)>[] followers = [.. Enumerable.Range(0, 10).Select(_ => site.GetAsync("/left"))];
        await WaitingAsync(site, 10);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        await LeftAsync(site);
        release.SetResult();

        Assert.All(await Task.WhenAll(followers), answer => Assert.Equal("answer", answer.Body));
        Assert.Equal(1, site.Backend.Requests);
        Assert.Equal(("client-aborted-request", 499), await EndOfAsync(site, "/left", "miss"));
    }

    [Fact]
    public async Task Leader_WhoseClientLeavesInTheMiddle_StoresTheWholeAnswer()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        byte[] half = new byte[100_000];
        site.Answers("max-age=60", async context =>
        {
            await context.Response.Body.WriteAsync(half);
            await context.Response.Body.FlushAsync();
            await release.Task.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(half);
        });
        HttpResponseMessage leader = await site.Client.GetAsync("/left", HttpCompletionOption.ResponseHeadersRead, Token);

        leader.Dispose();
        await LeftAsync(site);
        release.SetResult();
        await Eventually.TrueAsync(() => site.Gateway.Cache.Count == 1, () => $"nothing is stored\n{site.Gateway.Log}");

        Assert.Equal(200_000, (await site.Client.GetByteArrayAsync("/left", Token)).Length);
        Assert.Equal(1, site.Backend.Requests);
        Assert.Equal("client-aborted-response", (await EndOfAsync(site, "/left", "miss")).End);
    }

    [Fact]
    public async Task Leader_WhoseClientLeaves_WhenNobodyElseIsThere_Stops()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource aborted = Gate();
        site.Answers("max-age=60", async context =>
        {
            await using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        });
        using CancellationTokenSource impatient = new();
        Task<HttpResponseMessage> leader = site.Client.GetAsync("/a", impatient.Token);
        await Eventually.TrueAsync(() => site.Backend.Requests == 1, () => "nobody leads");

        await impatient.CancelAsync();

        await aborted.Task.WaitAsync(Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        await site.QuietAsync();
        Assert.Equal(0, site.Gateway.Cache.Count);

        // That says nothing about the address: the next ones wait for each other as before.
        Assert.False(site.Gateway.Shelf.Fills.IsUncacheable(new CacheKey("https", "www.foobar.com", "/a")));
    }

    [Fact]
    public async Task Leader_WhoseClientReadsNothing_HoldsNobodyUp()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        byte[] body = new byte[1_000_000];
        new Random(1).NextBytes(body);
        site.Answers("max-age=60", async context =>
        {
            for (int i = 0; i < body.Length; i += 50_000)
                await context.Response.Body.WriteAsync(body.AsMemory(i, 50_000));
        });

        // It takes the first byte, so the answer has begun, and no more.
        await using Visitor lazy = await Visitor.ConnectAsync(site.Gateway.HttpsPort, site.Certificates.Authority, Token);
        await lazy.HandshakeAsync(Token);
        await lazy.SendAsync("GET /a HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n", Token);
        Assert.Equal(1, await lazy.ReadAsync(Token));

        Assert.Equal(body, await site.Client.GetByteArrayAsync("/a", Token));
        Assert.Equal(1, site.Backend.Requests);
    }

    [Fact]
    public async Task Wait_IsBounded()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        int asked = 0;
        site.Answers("max-age=60", async context =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                await release.Task;
            await context.Response.WriteAsync("answer");
        });
        Task<(string, string)> leader = site.GetAsync("/a");
        await Eventually.TrueAsync(() => site.Backend.Requests == 1, () => "nobody leads");
        int timers = site.Time.CreatedTimers;
        Task<(string, string)> follower = site.GetAsync("/a");
        await Eventually.TrueAsync(() => site.Time.CreatedTimers > timers, () => "nobody waits for a time");

        site.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(("foobar; fwd=uri-miss; stored", "answer"), await follower);
        release.SetResult();
        await leader;
    }

    [Fact]
    public async Task Leader_WhoFails_IsFollowedByOneOther()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        int asked = 0;
        site.Answers("max-age=60", async context =>
        {
            await release.Task;
            if (Interlocked.Increment(ref asked) == 1)
                context.Abort();
            else
                await context.Response.WriteAsync("answer");
        });

        Task<HttpResponseMessage>[] all = [.. Enumerable.Range(0, Many).Select(_ => site.SendAsync(HttpMethod.Get, "/a"))];
        await WaitingAsync(site, Many - 1);
        release.SetResult();
        int[] statuses = [.. (await Task.WhenAll(all)).Select(answer => (int)answer.StatusCode)];

        Assert.Equal((1, Many - 1), (statuses.Count(status => status == 502), statuses.Count(status => status == 200)));
        Assert.Equal(2, site.Backend.Requests);
    }

    [Fact]
    public async Task SlowAnswer_IsForAllWhoWaitedForIt_ThoughItIsStaleByThen()
    {
        await using CachedSite site = await CachedSite.StartAsync();
        TaskCompletionSource release = Gate();
        site.Answers("s-maxage=1", async context =>
        {
            await release.Task;
            await context.Response.WriteAsync($"answer {site.Backend.Requests}");
        });
        Task<(string, string Body)>[] all = [.. Enumerable.Range(0, Many).Select(_ => site.GetAsync("/a"))];
        await WaitingAsync(site, Many - 1);
        site.Time.Advance(TimeSpan.FromSeconds(3));
        release.SetResult();

        Assert.All(await Task.WhenAll(all), answer => Assert.Equal("answer 1", answer.Body));

        // Who comes later gets a new one.
        Assert.Equal(("foobar; fwd=stale; stored", "answer 2"), await site.GetAsync("/a"));
    }

    private static TaskCompletionSource Gate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until so many wait for somebody else's answer.</summary>
    private static Task WaitingAsync(CachedSite site, int count) => Eventually.TrueAsync(
        () => site.Backend.Requests > 0 && site.Gateway.Shelf.Fills.Waiting == count,
        () => $"{site.Gateway.Shelf.Fills.Waiting} wait, {site.Backend.Requests} are at the backend\n{site.Gateway.Log}");

    private static Task LeftAsync(CachedSite site) => Eventually.TrueAsync(() => site.Gateway.Shelf.Fills.Abandoned == 1, () => "the client is still there");

    private static async Task<(string? End, int Status)> EndOfAsync(CachedSite site, string path, string cache)
    {
        string? line = null;
        await Eventually.TrueAsync(
            () => (line = site.Gateway.AccessLogLines.FirstOrDefault(one => one.Contains($"\"path\":\"{path}\"", StringComparison.Ordinal) && one.Contains($"\"cache\":\"{cache}\"", StringComparison.Ordinal))) is not null,
            () => string.Join('\n', site.Gateway.AccessLogLines));
        using JsonDocument json = JsonDocument.Parse(line!);
        return (json.RootElement.GetProperty("end").GetString(), json.RootElement.GetProperty("status").GetInt32());
    }

    /// <summary>Lets through those who wait at it when it is opened, or when the last of them is there.</summary>
    private sealed class CountdownGate(int missing) : IDisposable
    {
        private readonly TaskCompletionSource _open = Gate();
        private int _missing = missing;

        public void Open() => _open.TrySetResult();

        public Task PassAsync()
        {
            if (Interlocked.Decrement(ref _missing) == 0)
                Open();
            return _open.Task;
        }

        public void Dispose() => Open();
    }
}
