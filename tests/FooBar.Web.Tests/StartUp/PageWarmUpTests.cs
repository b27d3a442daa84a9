using FooBar.Testing;
using FooBar.Web.StartUp;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FooBar.Web.Tests.StartUp;

public sealed class PageWarmUpTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddOptions().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly Lines _log = new();
    private readonly List<string> _asked = [];
    private Func<CancellationToken, Task> _rehearse = _ => Task.CompletedTask;
    private int _rehearsed;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Pages_AreAskedInRounds_EachFormWithoutItsToken()
    {
        PageWarmUp pages = Pages();
        string form = "";
        pages.Take(async context =>
        {
            Ask(context);
            if (HttpMethods.IsPost(context.Request.Method))
                form = (await context.Request.ReadFormAsync(Token))["title"].ToString() + context.Request.Form.Count;
        });

        await pages.RunAsync(Token);

        Assert.Equal(240, _asked.Count);
        Assert.Equal(["GET https://localhost/", "GET https://localhost/posts/1", "GET https://localhost/posts/new", "POST https://localhost/posts/new"], _asked[..4]);
        Assert.All(_asked.Chunk(4), round => Assert.Equal(_asked[..4], round));
        Assert.Equal("3", form);
        Assert.Equal(60, _rehearsed);
        Assert.Equal(["Information Start-up: asked its own pages 240 times in 0.0 s; it is ready now"], _log.All);
    }

    [Fact]
    public async Task Round_AsksAllPagesAtOnce_AndTheNextRoundWhenTheyAreAnswered()
    {
        PageWarmUp pages = Pages();
        TaskCompletionSource answers = new();
        pages.Take(context =>
        {
            Ask(context);
            return answers.Task;
        });

        Task run = pages.RunAsync(Token);
        Assert.Equal(4, _asked.Count);
        answers.SetResult();
        await run;

        Assert.Equal(240, _asked.Count);
    }

    [Fact]
    public async Task Run_BeforeThePipelineIsBuilt_WaitsForIt()
    {
        PageWarmUp pages = Pages();
        Task run = pages.RunAsync(Token);
        Assert.False(run.IsCompleted);

        pages.Take(Answer(200));

        await run;
        Assert.Equal(240, _asked.Count);
    }

    [Theory]
    [InlineData(200, 240)]
    [InlineData(404, 240)]
    [InlineData(500, 4)]
    [InlineData(503, 4)]
    public async Task Page_ThatFails_EndsIt(int status, int asked)
    {
        PageWarmUp pages = Pages();
        pages.Take(Answer(status));

        await pages.RunAsync(Token);

        Assert.Equal(asked, _asked.Count);
        if (asked == 4)
            Assert.Equal([$"Warning Start-up: asked its own pages 0 times and gave it up, for GET / was answered with {status}; it is ready now"], _log.All);
    }

    [Fact]
    public async Task Page_ThatThrows_EndsIt()
    {
        PageWarmUp pages = Pages();
        pages.Take(_ => throw new InvalidTimeZoneException("odd"));

        await pages.RunAsync(Token);

        Assert.Equal(["Warning Start-up: asked its own pages 0 times and gave it up, for odd; it is ready now"], _log.All);
    }

    [Fact]
    public async Task Write_ThatCannotBeRehearsed_EndsIt()
    {
        PageWarmUp pages = Pages();
        pages.Take(Answer(200));
        _rehearse = _ => throw new InvalidTimeZoneException("no primary");

        await pages.RunAsync(Token);

        Assert.Equal(["Warning Start-up: asked its own pages 4 times and gave it up, for no primary; it is ready now"], _log.All);
    }

    /// <summary>Whether it is a page that hangs, or the pipeline that never comes: the instance serves all the same.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Time_IsBounded(bool built)
    {
        PageWarmUp pages = Pages();
        if (built)
            pages.Take(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        Task run = pages.RunAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(run.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(0.1));

        await run;
        Assert.Equal(["Information Start-up: asked its own pages 0 times in 5.0 s; it is ready now"], _log.All);
    }

    [Fact]
    public async Task Stop_EndsItAtOnce()
    {
        using CancellationTokenSource stop = new();
        PageWarmUp pages = Pages();
        pages.Take(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        Task run = pages.RunAsync(stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(_log.All);
    }

    private PageWarmUp Pages() => new(RehearseAsync, new DefaultHttpContextFactory(_services), _time, _log);

    private Task RehearseAsync(CancellationToken cancel)
    {
        _rehearsed++;
        return _rehearse(cancel);
    }

    private RequestDelegate Answer(int status) => context =>
    {
        Ask(context);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private void Ask(HttpContext context) =>
        _asked.Add($"{context.Request.Method} {context.Request.Scheme}://{context.Request.Host}{context.Request.Path}");

    private sealed class Lines : ILogger<PageWarmUp>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add($"{logLevel} {formatter(state, exception)}");
    }
}
