using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FooBar.ServiceDefaults.Tests.Metrics;

public sealed class RequestMetricsTests
{
    private const string Count = "http_server_request_duration_seconds_count";

    [Fact]
    public async Task Requests_AreCountedByMethodRouteAndStatus()
    {
        await using TestService service = await TestService.StartAsync(map: app =>
        {
            app.MapGet("/posts/{id:int}", (int id) => id < 10 ? Results.Ok() : Results.NotFound());
            app.MapPost("/posts/new", () => Results.Redirect("/posts/1"));
            app.MapGet("/boom", string () => throw new InvalidOperationException("boom"));
        });

        for (int request = 0; request < 15; request++)
        {
            await service.GetAsync(service.Site, $"/posts/{request}");
        }

        using HttpClient direct = new(new SocketsHttpHandler { AllowAutoRedirect = false });
        await direct.PostAsync(new Uri(service.Site, "/posts/new"), null, TestContext.Current.CancellationToken);
        await service.GetAsync(service.Site, "/boom");
        await service.GetAsync(service.Site, "/no/such/route/1");
        await service.GetAsync(service.Site, "/no/such/route/2");

        Assert.Equal(
            [
                $$"""{{Count}}{error_type="System.InvalidOperationException",http_request_method="GET",http_response_status_code="500",http_route="/boom",network_protocol_version="1.1"} 1""",
                $$"""{{Count}}{http_request_method="GET",http_response_status_code="200",http_route="/posts/{id:int}",network_protocol_version="1.1"} 10""",
                $$"""{{Count}}{http_request_method="GET",http_response_status_code="404",http_route="/posts/{id:int}",network_protocol_version="1.1"} 5""",
                $$"""{{Count}}{http_request_method="GET",http_response_status_code="404",network_protocol_version="1.1"} 2""",
                $$"""{{Count}}{http_request_method="POST",http_response_status_code="302",http_route="/posts/new",network_protocol_version="1.1"} 1""",
            ],
            await CountsAsync(service, requests: 19));
    }

    [Fact]
    public async Task Requests_ToTheAdminPort_AreNotCounted()
    {
        await using TestService service = await TestService.StartAsync();

        foreach (string path in (string[])["/metrics", "/health/live", "/health/ready", "/missing", "/"])
        {
            await service.GetAsync(service.Admin, path);
        }

        await service.GetAsync(service.Site, "/");
        Assert.EndsWith("http_route=\"/\",network_protocol_version=\"1.1\"} 1", Assert.Single(await CountsAsync(service, requests: 1)));
    }

    [Theory]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n", "405", "_OTHER")]
    [InlineData("get / HTTP/1.1\r\nHost: a\r\n", "200", "GET")]
    [InlineData("GET https://stranger/ HTTP/1.1\r\nHost: stranger\r\n", "200", "GET")]
    [InlineData("GET / HTTP/1.1\r\nHost: stranger\r\nX-Forwarded-Proto: gopher\r\n", "200", "GET")]
    public async Task Labels_OfAStrangersRequest_AreBounded(string request, string status, string method)
    {
        await using TestService service = await TestService.StartAsync(map: app => app.MapGet("/", () => "home"));
        await SendAsync(service.Site, request);

        string page = await service.ScrapeAfterAsync(1);
        string count = Assert.Single(page.Split('\n'), line => line.StartsWith(Count, StringComparison.Ordinal));
        Assert.Contains($"http_request_method=\"{method}\",http_response_status_code=\"{status}\"", count);
        Assert.DoesNotContain("stranger", page);
        Assert.DoesNotContain("gopher", page);
        Assert.DoesNotContain("BREW", page);
    }

    [Fact]
    public async Task ClientRequests_WithAStrangersHost_DoNotShowIt()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, service.Site);
        request.Headers.Host = "stranger";
        using HttpResponseMessage response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        string page = await service.ScrapeAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("http_client_request_duration_seconds_count{", page);
        Assert.DoesNotContain("stranger", page);
        Assert.DoesNotContain("server_address=\"localhost\"", page);
    }

    [Fact]
    public async Task Duration_HasTheBucketsOfTheObjective()
    {
        await using TestService service = await TestService.StartAsync();
        await service.GetAsync(service.Site, "/");

        string page = await service.ScrapeAfterAsync(1);
        IEnumerable<string> bounds = page.Split('\n')
            .Where(line => line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal))
            .Select(line => line.Split("le=\"")[1].Split('"')[0]);
        Assert.Equal(["0.005", "0.01", "0.025", "0.05", "0.1", "0.2", "0.3", "0.5", "1", "2.5", "5", "10", "+Inf"], bounds);
    }

    [Fact]
    public async Task Page_OfAStartedService_HasEveryPart()
    {
        await using TestService service = await TestService.StartAsync();
        await service.GetAsync(service.Site, "/");

        string page = await service.ScrapeAfterAsync(1);
        string[] expected =
        [
            "# TYPE target_info gauge",
            "# TYPE kestrel_active_connections gauge",
            "# TYPE http_server_active_requests gauge",
            "# TYPE http_client_open_connections gauge",
            "# TYPE dotnet_gc_collections_total counter",
            "# TYPE dotnet_process_cpu_time_seconds_total counter",
            "# TYPE dotnet_process_memory_working_set_bytes gauge",
            "# TYPE process_start_time_seconds gauge",
            "# TYPE process_open_fds gauge",
            "# TYPE process_max_fds gauge",
        ];
        Assert.All(expected, line => Assert.Contains($"{line}\n", page));
        Assert.Contains("target_info{service_name=\"test-1\",service_version=\"", page);
    }

    private static async Task<IEnumerable<string>> CountsAsync(TestService service, int requests) => (await service.ScrapeAfterAsync(requests)).Split('\n')
        .Where(line => line.StartsWith(Count, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static async Task SendAsync(Uri site, string head)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, site.Port, TestContext.Current.CancellationToken);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "Connection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        // Kestrel closes only after the request is counted.
        await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
    }
}
