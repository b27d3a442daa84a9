using System.Net;
using System.Net.Http.Headers;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>gRPC as it looks on the wire: HTTP/2, a body in frames of its own, the outcome in trailers.</summary>
public sealed class GrpcTests
{
    private static readonly string[] _route = ["Routes:0:Path=/greeter/*", "Routes:0:Grpc=true", "Routes:0:RequestBodyBytes=1000"];

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Grpc_OnItsRoute_IsForwardedOverHttp2WithItsTrailers()
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);
        string? protocol = null;
        string? te = null;
        site.Handle(async context =>
        {
            (protocol, te) = (context.Request.Protocol, context.Request.Headers.TE.ToString());
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(body.ToArray());
            context.Response.AppendTrailer("grpc-status", "0");
        });

        using HttpResponseMessage response = await CallAsync(site, "/greeter/hello", [0, 0, 0, 0, 1, 7]);

        Assert.True(response.StatusCode == HttpStatusCode.OK, site.Gateway.Log);
        Assert.Equal([0, 0, 0, 0, 1, 7], await response.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(("HTTP/2", "trailers"), (protocol, te));
    }

    /// <summary>The forwarder would lift it for gRPC.</summary>
    [Fact]
    public async Task Grpc_WithABodyOverTheLimit_IsCut()
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);
        long received = 0;
        site.Handle(async context =>
        {
            byte[] buffer = new byte[4096];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; received += read)
                ;
        });

        using HttpResponseMessage response = await CallAsync(site, "/greeter/hello", new byte[100_000]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.InRange(received, 0, 1000);
    }

    [Fact]
    public async Task Grpc_ElsewhereOnTheSite_IsRefused()
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);

        using HttpResponseMessage response = await CallAsync(site, "/greeters", []);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    /// <summary>Only gRPC needs HTTP/2 to the backend, on its route too.</summary>
    [Fact]
    public async Task OtherRequests_OnTheRoute_GoOverHttp11()
    {
        await using Arrangement site = await Arrangement.StartAsync(_route);
        site.Handle(context => context.Response.WriteAsync(context.Request.Protocol));
        using HttpClient client = site.Gateway.Client(HttpVersion.Version20);

        Assert.Equal("HTTP/1.1", await client.GetStringAsync(new Uri("/greeter/hello", UriKind.Relative), Token));
    }

    private static async Task<HttpResponseMessage> CallAsync(Arrangement site, string path, byte[] body)
    {
        using HttpClient client = site.Gateway.Client(HttpVersion.Version20);
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        // Without a length, as a stream of messages has none.
        request.Content = new StreamContent(new MemoryStream(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc"), ContentLength = null } };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, Token);
    }
}
