using System.Globalization;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>That the visitors see how an answer ends, over both protocols: here they ask a server that cuts, and one that says the wrong length.</summary>
public sealed class VisitorsTests
{
    [Theory]
    [InlineData("cut")]
    [InlineData("short")]
    public async Task Answer_ThatIsNotWhole_IsSeenForWhatItIs(string how)
    {
        using TestCertificates certificates = new();
        await using TestBackend server = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        server.Handler = context => AnswerAsync(context, cuts: how == "cut");
        await using Visitors visitors = Visitors.Come(new Uri(server.Url), TestGateway.Trusting(certificates.Authority), perSecond: 200);
        await Eventually.TrueAsync(() => visitors.Ended.Count > 150, () => $"{visitors.Ended.Count} have ended");
        await visitors.LeaveAsync();

        // One in five asks for nothing, and that is what it gets.
        Visit[] visits = [.. visitors.Ended.Where(visit => visit.Kind is VisitKind.Get or VisitKind.Stream && int.Parse(visit.Id, CultureInfo.InvariantCulture) / 10 % 5 > 0)];
        Assert.All(visits, visit => Assert.True(visit.End == (how == "cut" ? VisitEnd.Cut : VisitEnd.Broken) && visit.AskedAgain is null, $"{visit}"));
        Assert.Equal(["1.1", "1.1, new", "2.0"], visits.Select(visit => visit.Protocol).Distinct().Order());
    }

    /// <summary>The first half of what is asked for: of all that was announced, or as if it were all.</summary>
    private static async Task AnswerAsync(HttpContext context, bool cuts)
    {
        byte[] body = Pattern.Of(context.Request.Path.Value!.Split('/')[^1], int.Parse(context.Request.Query["bytes"].ToString(), CultureInfo.InvariantCulture));
        int half = body.Length / 2;
        context.Response.ContentLength = cuts ? body.Length : half;

        // Who writes less than was announced has the server break off behind it. An abort could overtake the beginning, and nothing would have begun.
        await context.Response.Body.WriteAsync(body.AsMemory(0, half), context.RequestAborted);
    }
}
