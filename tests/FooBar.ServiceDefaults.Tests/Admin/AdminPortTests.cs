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

    [Fact]
    public async Task Address_BeforeTheStart_IsNull()
    {
        await using TestService service = TestService.Build();

        Assert.Null(service.App.Services.GetRequiredService<AdminPort>().Address);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestService service, Uri target, string path, Uri host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(target, path));
        request.Headers.Host = host.Authority;
        using HttpResponseMessage response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
