using System.Globalization;
using System.Net;
using FooBar.ServiceDefaults.Admin;
using FooBar.ServiceDefaults.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace FooBar.ServiceDefaults.Tests;

/// <summary>A whole process on real Kestrel, in this one: an application port, an admin port, and its log lines in memory.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly LogCapture _log;

    private TestService(WebApplication app, LogCapture log)
    {
        App = app;
        _log = log;
    }

    public WebApplication App { get; }

    public HttpClient Client { get; } = new();

    public Uri Admin => App.Services.GetRequiredService<AdminPort>().Address!;

    public Uri Site => App.Urls.Select(url => new Uri(url)).Single(url => url.Port != Admin.Port);

    public IReadOnlyList<string> LogLines => _log.Lines;

    public static async Task<TestService> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, params string[] meters)
    {
        TestService service = Build(configure, map, meters);
        await service.App.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    public static TestService Build(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, params string[] meters)
    {
        LogCapture log = new();
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Service:Name"] = "test-1",
            ["Admin:Port"] = "0",
        });
        configure?.Invoke(builder);
        builder.AddServiceDefaults(meters);
        builder.Services.Replace(ServiceDescriptor.Singleton<LogOutput>(log));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.UseServiceDefaults();
        if (map is null)
        {
            app.MapGet("/", () => "home");
        }
        else
        {
            map(app);
        }

        return new TestService(app, log);
    }

    public Task<HttpResponseMessage> GetAsync(Uri host, string path) =>
        Client.GetAsync(new Uri(host, path), TestContext.Current.CancellationToken);

    public async Task<string> ScrapeAsync()
    {
        using HttpResponseMessage response = await GetAsync(Admin, "/metrics");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// The page once <paramref name="requests"/> requests in all are counted. The server counts a request when it has ended, which can be
    /// after the client has read the answer.
    /// </summary>
    public async Task<string> ScrapeAfterAsync(int requests)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            string page = await ScrapeAsync();
            long counted = page.Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal))
                .Sum(line => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
            if (counted >= requests)
            {
                return page;
            }

            Assert.False(limit.IsCancellationRequested, $"Only {counted} of {requests} requests were counted:\n{page}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }

    private sealed class LogCapture : LogOutput, ILogEventSink
    {
        private readonly List<string> _lines = [];
        private ITextFormatter? _formatter;

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public override void AddTo(LoggerSinkConfiguration sinks, ITextFormatter formatter)
        {
            _formatter = formatter;
            sinks.Sink(this);
        }

        public void Emit(LogEvent logEvent)
        {
            using StringWriter line = new();
            _formatter!.Format(logEvent, line);
            lock (_lines)
            {
                _lines.Add(line.ToString());
            }
        }
    }
}
