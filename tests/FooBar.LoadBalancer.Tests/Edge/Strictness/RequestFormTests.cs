using System.Globalization;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Edge.Strictness;

public sealed class RequestFormTests
{
    /// <summary>
    /// It is asked about every request: one that is well must cost no memory. Measured on the server's own headers, which lend one enumerator a
    /// request, from the connection's second request on.
    /// </summary>
    [Fact]
    public async Task Fault_OfAnOrdinaryRequest_AllocatesNothing()
    {
        using TestCertificates certificates = new();
        await using TestBackend server = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        server.Handler = context =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool faulty = RequestForm.Fault(context) is not null;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{faulty} {allocated}"));
        };
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using HttpClient client = new(handler) { BaseAddress = new Uri(server.Url) };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
        client.DefaultRequestHeaders.Add("Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Mode", "navigate");
        client.DefaultRequestHeaders.Add("Connection", "keep-alive");

        Uri page = new("/posts/42/a-title.html?page=2", UriKind.Relative);
        await client.GetStringAsync(page, Eventually.Limit);
        await client.GetStringAsync(page, Eventually.Limit);

        Assert.Equal("False 0", await client.GetStringAsync(page, Eventually.Limit));
    }
}
