using FooBar.LoadBalancer.Errors;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Errors;

public sealed class ErrorPageTests
{
    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true)]
    [InlineData("text/html", true)]
    [InlineData("text/html;q=0.5, application/json;q=0.4", true)]
    [InlineData("application/json, text/html;q=0.9", false)]
    [InlineData("application/problem+json", false)]
    [InlineData("text/html;q=0", false)]
    [InlineData("*/*", false)]
    [InlineData("", false)]
    [InlineData("not a media type", false)]
    [InlineData(null, false)]
    public void Form_ByAcceptHeader_IsHtmlForBrowsersOnly(string? accept, bool html) => Assert.Equal(html, ErrorPage.PrefersHtml(accept));

    [Fact]
    public async Task Answer_ToHead_HasHeadersAndNoBody()
    {
        DefaultHttpContext context = Fakes.Request("https://www.foobar.com/", "HEAD");
        using MemoryStream body = new();
        context.Response.Body = body;

        await ErrorPage.WriteAsync(context, StatusCodes.Status502BadGateway);

        Assert.Equal(502, context.Response.StatusCode);
        Assert.True(context.Response.ContentLength > 0);
        Assert.Equal(0, body.Length);
    }

    [Fact]
    public async Task Answer_AfterAFailedForward_KeepsNothingOfIt()
    {
        DefaultHttpContext context = Fakes.Request("https://www.foobar.com/");
        context.Response.StatusCode = 200;
        context.Response.Headers.ETag = "\"1\"";

        await ErrorPage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable);

        Assert.Equal(503, context.Response.StatusCode);
        Assert.False(context.Response.Headers.ContainsKey("ETag"));
        Assert.Equal("no-store", context.Response.Headers.CacheControl);
        Assert.Equal("1", context.Response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(408)]
    [InlineData(413)]
    [InlineData(415)]
    [InlineData(421)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(400)]
    public void Text_OfEveryStatus_CanStandInHtmlAsItIs(int status) =>
        Assert.Equal(-1, (ErrorText.For(status).Title + ErrorText.For(status).Detail).IndexOfAny(['<', '>', '&', '"', '\'']));
}
