using System.Text;
using FooBar.Web.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.Web.Tests.Hosting;

public sealed class PageLengthTests : IDisposable
{
    private readonly MemoryStream _sent = new();
    private readonly DefaultHttpContext _context = new();

    public PageLengthTests() => _context.Response.Body = _sent;

    public void Dispose() => _sent.Dispose();

    [Fact]
    public async Task Page_WrittenInPieces_GoesOutWholeWithItsLength()
    {
        long sentWhileRendering = -1;
        await RenderAsync(async response =>
        {
            await response.WriteAsync("half a ", TestContext.Current.CancellationToken);
            await response.Body.FlushAsync(TestContext.Current.CancellationToken);
            sentWhileRendering = _sent.Length;
            await response.Body.WriteAsync("page"u8.ToArray(), TestContext.Current.CancellationToken);
        });

        Assert.Equal(0, sentWhileRendering);
        Assert.Equal("half a page", Encoding.UTF8.GetString(_sent.ToArray()));
        Assert.Equal(11, _context.Response.ContentLength);
    }

    [Theory]
    [InlineData(PageLength.Longest, PageLength.Longest)]
    [InlineData(PageLength.Longest + 1, null)]
    public async Task Page_AtTheLimit_IsHeldAndBeyondItGoesOutAsItComes(int bytes, int? length)
    {
        byte[] page = [.. Enumerable.Range(0, bytes).Select(index => (byte)index)];
        long sentBeforeTheEnd = -1;
        await RenderAsync(async response =>
        {
            for (int sent = 0; sent < bytes; sent += 1000)
                await response.Body.WriteAsync(page.AsMemory(sent, Math.Min(1000, bytes - sent)), TestContext.Current.CancellationToken);
            sentBeforeTheEnd = _sent.Length;
        });

        Assert.Equal(length is null ? bytes : 0, sentBeforeTheEnd);
        Assert.Equal(length, _context.Response.ContentLength);
        Assert.Equal(page, _sent.ToArray());
    }

    [Fact]
    public async Task Page_ThatFailsHalfWay_SendsNothingOfIt()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => RenderAsync(async response =>
        {
            await response.WriteAsync("half a page", TestContext.Current.CancellationToken);
            throw new InvalidOperationException("The other half is gone.");
        }));

        Assert.Empty(_sent.ToArray());
        Assert.Null(_context.Response.ContentLength);
        await _context.Response.WriteAsync("an error page", TestContext.Current.CancellationToken);
        Assert.Equal("an error page", Encoding.UTF8.GetString(_sent.ToArray()));
    }

    [Fact]
    public async Task Answer_WithoutABody_GetsNoLength()
    {
        await RenderAsync(response =>
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        });

        Assert.Null(_context.Response.ContentLength);
        Assert.Empty(_sent.ToArray());
    }

    private async Task RenderAsync(Func<HttpResponse, Task> page)
    {
        IHttpResponseBodyFeature? before = _context.Features.Get<IHttpResponseBodyFeature>();
        try
        {
            await new PageLength(context => page(context.Response)).InvokeAsync(_context);
        }
        finally
        {
            Assert.Same(before, _context.Features.Get<IHttpResponseBodyFeature>());
        }
    }
}
