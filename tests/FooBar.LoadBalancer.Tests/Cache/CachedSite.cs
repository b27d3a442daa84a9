using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

/// <summary>A gateway with its cache on a clock of its own, before one backend.</summary>
internal sealed class CachedSite : IAsyncDisposable
{
    private CachedSite(TestCertificates certificates, TestBackend backend, TestGateway gateway, FakeTime time)
    {
        (Certificates, Backend, Gateway, Time) = (certificates, backend, gateway, time);
        Client = gateway.Client();
    }

    public TestCertificates Certificates { get; }

    public TestBackend Backend { get; }

    public TestGateway Gateway { get; }

    public FakeTime Time { get; }

    public HttpClient Client { get; }

    private static CancellationToken Token => Eventually.Limit;

    public static async Task<CachedSite> StartAsync(params string[] settings)
    {
        TestCertificates certificates = new();
        FakeTime time = new();
        TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        TestGateway gateway = await TestGateway.StartAsync(certificates, [backend], time, ["Health:Interval=00:01:00", .. settings]);
        return new CachedSite(certificates, backend, gateway, time);
    }

    /// <summary>The backend answers so from now on.</summary>
    public void Answers(string cacheControl, Func<HttpContext, Task>? body = null) => Backend.Handler = context =>
    {
        context.Response.Headers.CacheControl = cacheControl;
        return body is null ? context.Response.WriteAsync($"answer {Backend.Requests}") : body(context);
    };

    /// <summary>Asks, and says the Cache-Status and the body.</summary>
    public async Task<(string Status, string Body)> GetAsync(string path, params string[] fields)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path, fields);
        return (StatusOf(answer), await answer.Content.ReadAsStringAsync(Token));
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params string[] fields)
    {
        HttpRequestMessage request = new(method, path) { Version = Client.DefaultRequestVersion, VersionPolicy = Client.DefaultVersionPolicy };
        foreach (string field in fields)
            Assert.True(request.Headers.TryAddWithoutValidation(field.Split(':')[0], field.Split(':', 2)[1].Trim()));
        return Client.SendAsync(request, Token);
    }

    public static string StatusOf(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues("Cache-Status", out var values) ? values.ToString() : "";

    /// <summary>Waits until nothing is being made new.</summary>
    public Task QuietAsync() => Eventually.TrueAsync(() => Gateway.Shelf.Fills.Count == 0, () => $"something is still on its way\n{Gateway.Log}");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        await Backend.DisposeAsync();
        Certificates.Dispose();
    }
}
