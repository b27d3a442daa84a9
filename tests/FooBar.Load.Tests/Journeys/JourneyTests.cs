using System.Security.Authentication;
using FooBar.Load.Journeys;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.Load.Tests.Journeys;

public sealed class JourneyTests : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private readonly PostJournal _journal = new("Journey");
    private FakeSite _site = null!;
    private Visitors _visitors = null!;

    // Only ends a test that hangs: what is sent to the site has no deadline of its own here.
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Token => _deadline.Token;

    public async ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromSeconds(30));
        _site = await FakeSite.StartAsync(_certificates);
        _visitors = new Visitors(_site.Address, _certificates.AuthorityPath, 2);
    }

    public async ValueTask DisposeAsync()
    {
        _visitors.Dispose();
        await _site.DisposeAsync();
        _certificates.Dispose();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Post_IsSentWithItsHiddenFieldsAndNotedInTheJournal()
    {
        Assert.Null(await PostAsync());

        FakePost post = Assert.Single(_site.Posts);
        PostJournalEntry entry = Assert.Single(_journal.Acknowledged);
        Assert.Equal((post.Title, post.Operation, (long?)post.Id, 1, 0), (entry.Title, entry.Operation, entry.Id, entry.Sent, entry.Unanswered));
        Assert.StartsWith(_journal.TitlePrefix, entry.Title, StringComparison.Ordinal);
        Assert.Equal([$"/posts/{post.Id}"], entry.Locations);
    }

    [Fact]
    public async Task Get_IsLikeNoOtherBefore()
    {
        await PostAsync();
        await PostAsync();
        Assert.Null(await new ReadFrontPage(_visitors).RunAsync(0, Token));
        Assert.Null(await new ReadFrontPage(_visitors).RunAsync(1, Token));

        string[] gets = [.. _site.Requests.Where(request => request.StartsWith("GET ", StringComparison.Ordinal))];
        Assert.Equal(6, gets.Length);
        Assert.Equal(6, gets.Select(request => request.Split("?load=")[1]).Distinct().Count());
        Assert.All(_site.CacheControls, value => Assert.Equal("no-cache", value));
    }

    [Theory]
    [InlineData(SendTwice.AfterTheAnswer)]
    [InlineData(SendTwice.AtOnce)]
    public async Task Form_ThatIsSentTwice_MustLeadToOnePost(SendTwice twice)
    {
        Assert.Null(await PostAsync(new PostNoticeOptions { Twice = twice }));

        Assert.Single(_site.Posts);
        Assert.Equal(2, Assert.Single(_journal.Acknowledged).Sent);
    }

    [Theory]
    [InlineData(SendTwice.AfterTheAnswer)]
    [InlineData(SendTwice.AtOnce)]
    public async Task Form_ThatBecomesTwoPosts_Fails(SendTwice twice)
    {
        _site.AfterStoring = (context, attempt) =>
        {
            context.Response.StatusCode = 303;
            context.Response.Headers.Location = $"/posts/{attempt}";
            return Task.FromResult(true);
        };

        Assert.Equal("one form became two posts", await PostAsync(new PostNoticeOptions { Twice = twice }));
        Assert.Equal(["/posts/1", "/posts/2"], _journal.Entries[0].Locations);
    }

    [Fact]
    public async Task Answer_ThatIsLost_IsAFailureUnlessItIsToBeRepeated()
    {
        _site.AfterStoring = Lose(attempts: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync());

        PostJournalEntry entry = Assert.Single(_journal.Entries);
        Assert.Equal((1, 1, false), (entry.Sent, entry.Unanswered, entry.IsAcknowledged));
        Assert.Empty(_journal.Acknowledged);
    }

    [Fact]
    public async Task Answer_ThatIsLost_IsRepeatedWithTheSameOperation()
    {
        _site.AfterStoring = Lose(attempts: 3);

        Assert.Null(await PostAsync(Repeating));

        Assert.Single(_site.Posts);
        PostJournalEntry entry = Assert.Single(_journal.Acknowledged);
        Assert.Equal((4, 3), (entry.Sent, entry.Unanswered));
    }

    [Fact]
    public async Task ServerError_IsRepeatedOnlyWhenAskedTo()
    {
        _site.AfterStoring = (context, attempt) =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(attempt != 2);
        };

        Assert.Equal("POST /posts/new status 503", await PostAsync());
        Assert.Null(await PostAsync(Repeating));
        Assert.Equal([(1, 1), (1, 0)], _journal.Entries.Select(entry => (entry.Sent, entry.Unanswered)));
    }

    [Fact]
    public async Task Refusal_IsNotRepeated()
    {
        _site.AfterStoring = (context, _) =>
        {
            context.Response.StatusCode = 400;
            return Task.FromResult(true);
        };

        Assert.Equal("POST /posts/new status 400", await PostAsync(Repeating));
        Assert.Equal(1, _journal.Entries[0].Sent);
    }

    [Fact]
    public async Task Repetition_EndsAtTheDeadline()
    {
        using CancellationTokenSource deadline = new();
        _site.AfterStoring = async (context, attempt) =>
        {
            context.Response.StatusCode = 503;
            if (attempt == 3)
            {
                await deadline.CancelAsync();
            }

            return true;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new PostNotice(_visitors, _journal, TimeProvider.System, Repeating).RunAsync(0, deadline.Token));

        PostJournalEntry entry = Assert.Single(_journal.Entries);
        Assert.Equal((3, 3, false), (entry.Sent, entry.Unanswered, entry.IsAcknowledged));
    }

    [Fact]
    public async Task Post_ThatCannotBeSeen_Fails()
    {
        _site.Before = context => Answer(context, context.Request.Path.StartsWithSegments("/posts") && !context.Request.Path.StartsWithSegments("/posts/new"), 404, string.Empty);
        Assert.Equal("the new post answers status 404", await PostAsync());

        _site.Before = context => Answer(context, context.Request.Path == "/posts/2", 200, "<h1><bdi>Another</bdi></h1>");
        Assert.Equal("the new post shows another title", await PostAsync());
        Assert.Equal(2, _journal.Acknowledged.Count);
    }

    [Theory]
    [InlineData(503, "", "GET /posts/new status 503")]
    [InlineData(200, "<h1>Something else</h1>", "GET /posts/new without its form")]
    [InlineData(200, "<form action=\"/posts/new\"><input type=\"hidden\" name=\"x\" value=\"y\"></form>", "GET /posts/new without its form")]
    public async Task Form_ThatDoesNotCome_FailsAndNothingIsSent(int status, string body, string expected)
    {
        _site.Before = context => Answer(context, true, status, body);

        Assert.Equal(expected, await PostAsync());
        Assert.Empty(_journal.Entries);
    }

    [Fact]
    public async Task ReadPost_ReadsAPostThatTheFrontPageLinksTo()
    {
        await PostAsync();
        await PostAsync();
        _site.Requests.Clear();
        ReadPost read = new(_visitors, new FakeTime());

        for (int index = 0; index < 20; index++)
        {
            Assert.Null(await read.RunAsync(index, Token));
        }

        string[] paths = [.. _site.Requests.Select(request => request.Split(' ', '?')[1])];
        Assert.Equal("/", paths[0]);
        Assert.Equal(20, paths.Skip(1).Count());
        Assert.All(paths.Skip(1), path => Assert.Contains(path, (string[])["/posts/1", "/posts/2"]));
    }

    [Theory]
    [InlineData("/", 503, "", "GET / status 503")]
    [InlineData("/", 200, "", "GET / without a heading")]
    [InlineData("/", 200, "<h1>Newest notices</h1><a href=\"/posts/new\">", "the front page links to no post")]
    [InlineData("/posts/1", 404, "", "GET /posts/ID status 404")]
    [InlineData("/posts/1", 200, "", "GET /posts/ID without a heading")]
    public async Task Read_ThatGoesWrong_SaysWhat(string path, int status, string body, string expected)
    {
        await PostAsync();
        _site.Before = context => Answer(context, context.Request.Path == path, status, body);

        Assert.Equal(expected, await new ReadPost(_visitors, TimeProvider.System).RunAsync(0, Token));
    }

    [Fact]
    public async Task Visitor_WhoPosts_IsAlone()
    {
        TaskCompletionSource third = new();
        _site.AfterStoring = async (context, attempt) =>
        {
            // The first three are held until all of them are here.
            if (attempt == 3)
            {
                third.SetResult();
            }

            await third.Task.WaitAsync(context.RequestAborted);
            return false;
        };

        Assert.All(await Task.WhenAll(PostAsync(), PostAsync(), PostAsync()), Assert.Null);
        Assert.Equal(3, _site.PostedBy.Distinct().Count());
        Assert.Equal(3, _visitors.Count);

        Assert.Null(await PostAsync());
        Assert.Equal(3, _visitors.Count);
        Assert.Contains(_site.PostedBy.Last(), _site.PostedBy.Take(3));
    }

    [Theory]
    [InlineData("1.1", "HTTP/1.1")]
    [InlineData("2.0", "HTTP/2")]
    public async Task Visitors_SpeakTheVersionAskedFor(string version, string expected)
    {
        using Visitors visitors = new(_site.Address, _certificates.AuthorityPath, 1, Version.Parse(version));

        Assert.Null(await new PostNotice(visitors, _journal, TimeProvider.System).RunAsync(0, Token));
        Assert.Equal(3, _site.Requests.Count);
        Assert.All(_site.Requests, request => Assert.EndsWith(" " + expected, request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Visitors_TrustOneCaAlone()
    {
        using TestCertificates other = new();
        using Visitors visitors = new(_site.Address, other.AuthorityPath, 1);

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => new ReadFrontPage(visitors).RunAsync(0, Token));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    private static PostNoticeOptions Repeating => new() { RepeatUntilDeadline = true, RepeatPause = TimeSpan.Zero };

    private static Func<HttpContext, int, Task<bool>> Lose(int attempts) => (context, attempt) =>
    {
        if (attempt <= attempts)
        {
            context.Abort();
        }

        return Task.FromResult(attempt <= attempts);
    };

    private static async Task<bool> Answer(HttpContext context, bool applies, int status, string body)
    {
        if (applies)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
        }

        return applies;
    }

    private Task<string?> PostAsync(PostNoticeOptions? options = null) => new PostNotice(_visitors, _journal, TimeProvider.System, options).RunAsync(0, Token);
}
