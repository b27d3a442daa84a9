using System.Net;
using FooBar.ServiceDefaults.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.ServiceDefaults.Tests.Admin;

public sealed class AdminPortTests
{
    [Theory]
    [InlineData("/metrics")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task AdminEndpoint_OnEachPort_AnswersOnTheAdminPortOnly(string path)
    {
        await using TestService service = await TestService.StartAsync();

        using HttpResponseMessage admin = await service.GetAsync(service.Admin, path);
        using HttpResponseMessage site = await service.GetAsync(service.Site, path);

        Assert.Equal(HttpStatusCode.OK, admin.StatusCode);
        Assert.Equal("no-store", admin.Headers.CacheControl?.ToString());
        Assert.Equal(HttpStatusCode.NotFound, site.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/short")]
    [InlineData("/anything")]
    public async Task ApplicationEndpoint_OnEachPort_AnswersOnItsOwnOnly(string path)
    {
        int reached = 0;
        await using TestService service = await TestService.StartAsync(map: app =>
        {
            app.Use(next => context =>
            {
                Interlocked.Increment(ref reached);
                return next(context);
            });
            app.MapGet("/", () => "home");
            // Routing runs such an endpoint itself, before any middleware of the application.
            app.MapGet("/short", () => "short").ShortCircuit();
            app.MapFallback(() => "fallback");
        });

        using HttpResponseMessage admin = await service.GetAsync(service.Admin, path);
        Assert.Equal(HttpStatusCode.NotFound, admin.StatusCode);
        Assert.Equal(0, reached);
        using HttpResponseMessage site = await service.GetAsync(service.Site, path);
        Assert.Equal(HttpStatusCode.OK, site.StatusCode);
    }

    [Fact]
    public async Task HostHeader_OfTheOtherPort_ChangesNothing()
    {
        await using TestService service = await TestService.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, service.Site, "/metrics", host: service.Admin));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, service.Admin, "/", host: service.Site));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, service.Admin, "/metrics", host: service.Site));
    }

    [Fact]
    public async Task AllowedHosts_OfTheSite_DoNotApplyToTheAdminPort()
    {
        await using TestService service = await TestService.StartAsync(builder => builder.Configuration["AllowedHosts"] = "www.foobar.com");

        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(service, service.Site, "/", host: service.Site));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, service.Admin, "/metrics", host: service.Admin));
    }

    [Fact]
    public async Task Path_NearAnEndpoint_IsNotFound()
    {
        await using TestService service = await TestService.StartAsync();

        foreach (string path in (string[])["/", "/Metrics", "/metrics/", "/metrics/x", "/health"])
        {
            using HttpResponseMessage response = await service.GetAsync(service.Admin, path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Post_ToAnEndpoint_IsNotAllowed()
    {
        await using TestService service = await TestService.StartAsync();

        using HttpResponseMessage response =
            await service.Client.PostAsync(new Uri(service.Admin, "/metrics"), null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Map_OfAnother_AnswersBesideTheBuiltInOnes()
    {
        await using TestService service = await TestService.StartAsync(map: app =>
            app.Services.GetRequiredService<AdminPort>().Map("/backends", context => context.Response.WriteAsync("all")));

        using HttpResponseMessage response = await service.GetAsync(service.Admin, "/backends");

        Assert.Equal("all", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Map_OfATakenPath_Throws()
    {
        await using TestService service = TestService.Build();

        Assert.Throws<ArgumentException>(
            () => service.App.Services.GetRequiredService<AdminPort>().Map("/metrics", _ => Task.CompletedTask));
    }

    [Theory]
    [InlineData("/folder/", "PUT")]
    [InlineData("/folder/a/b", "DELETE")]
    [InlineData("/folder/exact", "GET")]
    public async Task MapBelow_AFolder_AnswersEveryMethodThereAndNothingBeside(string path, string method)
    {
        await using TestService service = await TestService.StartAsync(map: app =>
        {
            AdminPort port = app.Services.GetRequiredService<AdminPort>();
            port.MapBelow("/folder/", context => context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}"));
            port.Map("/folder/exact", context => context.Response.WriteAsync("GET /folder/exact"));
        });

        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(service.Admin, path));
        using HttpResponseMessage answer = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal($"{method} {path}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());

        foreach (string beside in (string[])["/folder", "/Folder/", "/folders/", "/metrics/folder/"])
        {
            using HttpResponseMessage other = await service.GetAsync(service.Admin, beside);
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        }

        using HttpResponseMessage site = await service.GetAsync(service.Site, path);
        Assert.Equal(HttpStatusCode.NotFound, site.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.1:9600", true)]
    [InlineData("localhost:1", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[::1]:9600", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("rebound.example", false)]
    [InlineData("localhost.rebound.example", false)]
    [InlineData("rebound_.example", false)]
    public async Task IsAddressedBy_AHost_IsTheMachinesOwnAlone(string host, bool expected)
    {
        await using TestService service = await TestService.StartAsync(map: MapHost);

        Assert.Equal($"{expected}", await HostAsync(service, host));
    }

    [Fact]
    public async Task Address_BeforeTheStart_IsNull()
    {
        await using TestService service = TestService.Build();

        Assert.Null(service.App.Services.GetRequiredService<AdminPort>().Address);
    }

    private static void MapHost(WebApplication app)
    {
        AdminPort port = app.Services.GetRequiredService<AdminPort>();
        port.Map("/host", context => context.Response.WriteAsync($"{port.IsAddressedBy(context)}"));
    }

    private static async Task<string> HostAsync(TestService service, string host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(service.Admin, "/host"));
        Assert.True(request.Headers.TryAddWithoutValidation("Host", host));
        using HttpResponseMessage answer = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestService service, Uri target, string path, Uri host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(target, path));
        request.Headers.Host = host.Authority;
        using HttpResponseMessage response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
