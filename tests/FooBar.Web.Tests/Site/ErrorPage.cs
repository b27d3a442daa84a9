namespace FooBar.Web.Tests.Site;

/// <summary>What every error page has, and what none may have.</summary>
internal static class ErrorPage
{
    public static void AssertFriendly(Answer answer, int status, string heading)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal("text/html; charset=utf-8", answer.ContentHeaders.ContentType?.ToString());
        Assert.Equal(heading, answer.TextOf("main h1"));
        Assert.Equal($"{heading} – FooBar notice board", answer.Document.Title);
        Assert.Matches($"^Error {status}, request id: [A-Za-z0-9._-]+$", answer.TextOf("main .request"));
        Assert.Equal("/", answer.Only("main a").GetAttribute("href"));
        Assert.Equal("no-store", answer.CacheControl);
        AssertNothingTechnical(answer);
    }

    public static void AssertNothingTechnical(Answer answer)
    {
        foreach (string trace in (string[])["Exception", "   at ", "FooBar.Web.", "FooBar.Data", "MySql", "Microsoft.", ".cs:line", "SELECT ", "INSERT "])
            Assert.DoesNotContain(trace, answer.Text, StringComparison.Ordinal);
    }
}
