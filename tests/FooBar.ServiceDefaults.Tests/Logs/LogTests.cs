using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FooBar.ServiceDefaults.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;

namespace FooBar.ServiceDefaults.Tests.Logs;

public sealed partial class LogTests
{
    [Fact]
    public async Task Line_OfARequest_IsOneJsonObjectWithTheCallersTrace()
    {
        await using TestService service = await TestService.StartAsync(map: app => app.MapGet("/", (ILogger<LogTests> log) =>
        {
            LogPosted(log, "a \"quoted\"\nname", 3);
            return "home";
        }));
        ActivityTraceId trace = ActivityTraceId.CreateRandom();
        using HttpRequestMessage request = new(HttpMethod.Get, service.Site);
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using HttpResponseMessage response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        string text = Assert.Single(service.LogLines, line => line.Contains("LogTests", StringComparison.Ordinal));
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        JsonElement line = JsonDocument.Parse(text).RootElement;
        Assert.Equal("Warning", Text(line, "level"));
        Assert.Equal("Posted a \"quoted\"\nname in 3 steps", Text(line, "message"));
        Assert.Equal("Posted {Name} in {Steps} steps", Text(line, "template"));
        Assert.Equal("test-1", Text(line, "service"));
        Assert.Equal(typeof(LogTests).FullName, Text(line, "category"));
        Assert.Equal(trace.ToHexString(), Text(line, "trace_id"));
        Assert.Matches("^[0-9a-f]{16}$", Text(line, "span_id"));
        Assert.NotEqual("00f067aa0ba902b7", Text(line, "span_id"));
        Assert.NotEmpty(Text(line, "request_id"));
        Assert.EndsWith("Z", Text(line, "timestamp"));
        Assert.Equal(TimeSpan.Zero, line.GetProperty("timestamp").GetDateTimeOffset().Offset);
        JsonElement properties = line.GetProperty("properties");
        Assert.Equal("a \"quoted\"\nname", Text(properties, "Name"));
        Assert.Equal(3, properties.GetProperty("Steps").GetInt32());
        Assert.Equal("/", Text(properties, "RequestPath"));
        Assert.DoesNotContain(properties.EnumerateObject(), property => property.Name is "TraceId" or "SpanId" or "RequestId");
        Assert.False(line.TryGetProperty("exception", out _));
    }

    [Fact]
    public async Task Line_OfARequestWithoutATrace_StartsOne()
    {
        await using TestService service = await TestService.StartAsync(map: app => app.MapGet("/", (ILogger<LogTests> log) =>
            LogPosted(log, "a", 1)));
        await service.GetAsync(service.Site, "/");

        string text = Assert.Single(service.LogLines, line => line.Contains("Posted a", StringComparison.Ordinal));
        Assert.Matches("^(?!0{32})[0-9a-f]{32}$", Text(JsonDocument.Parse(text).RootElement, "trace_id"));
    }

    [Fact]
    public async Task RequestId_ThatTheApplicationSets_IsTheOneLogged()
    {
        await using TestService service = await TestService.StartAsync(map: app =>
        {
            app.Use(next => context =>
            {
                context.TraceIdentifier = "from-the-gateway";
                return next(context);
            });
            app.MapGet("/", (ILogger<LogTests> log) => LogPosted(log, "a", 1));
        });
        await service.GetAsync(service.Site, "/");

        string text = Assert.Single(service.LogLines, line => line.Contains("Posted a", StringComparison.Ordinal));
        Assert.Equal("from-the-gateway", Text(JsonDocument.Parse(text).RootElement, "request_id"));
    }

    [Fact]
    public async Task Exception_OfTheApplication_IsInTheLineOfItsRequest()
    {
        await using TestService service = await TestService.StartAsync(
            map: app => app.MapGet("/", string () => throw new InvalidOperationException("broken\nhere")));
        await service.GetAsync(service.Site, "/");

        string text = Assert.Single(service.LogLines, line => line.Contains("exception", StringComparison.Ordinal));
        JsonElement line = JsonDocument.Parse(text).RootElement;
        Assert.Equal("Error", Text(line, "level"));
        Assert.StartsWith("System.InvalidOperationException: broken\nhere\n   at ", Text(line, "exception"));
        Assert.NotEmpty(Text(line, "trace_id"));
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Warning, true)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Information, true)]
    [InlineData("FooBar.Data", LogLevel.Information, true)]
    [InlineData("FooBar.Data", LogLevel.Debug, false)]
    public async Task Level_ByDefault_IsQuietAboutTheFrameworkOnly(string category, LogLevel level, bool expected)
    {
        await using TestService service = TestService.Build();

        Assert.Equal(expected, Logger(service, category).IsEnabled(level));
    }

    [Theory]
    [InlineData("Serilog:MinimumLevel", "Debug")]
    [InlineData("Serilog:MinimumLevel:Default", "Debug")]
    [InlineData("Serilog:MinimumLevel:Override:FooBar", "Debug")]
    public async Task Level_FromTheConfiguration_IsTaken(string key, string value)
    {
        await using TestService service = TestService.Build(builder => builder.Configuration[key] = value);

        Assert.True(Logger(service, "FooBar.Data").IsEnabled(LogLevel.Debug));
        Assert.False(Logger(service, "FooBar.Data").IsEnabled(LogLevel.Trace));
        Assert.False(Logger(service, "Microsoft.AspNetCore.Routing").IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Level_ThatIsNone_StopsTheStart()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => TestService.Build(builder => builder.Configuration["Serilog:MinimumLevel"] = "Loud"));

        Assert.Equal("The value Loud is not a valid Serilog level.", error.Message);
    }

    [Fact]
    public async Task TwoHosts_InOneProcess_LogApartAndLeaveTheStaticLoggerAlone()
    {
        Serilog.ILogger before = Log.Logger;
        await using TestService first = TestService.Build();
        TestService second = TestService.Build(builder => builder.Configuration["Service:Name"] = "test-2");
        LogPosted(Logger(second, "FooBar"), "two", 1);
        await second.DisposeAsync();
        LogPosted(Logger(first, "FooBar"), "one", 1);

        Assert.Same(before, Log.Logger);
        Assert.Contains("\"service\":\"test-1\"", Assert.Single(first.LogLines));
        Assert.Contains("\"service\":\"test-2\"", Assert.Single(second.LogLines));
    }

    [Fact]
    public void Formatter_GivenValuesOfEveryKind_WritesValidJson()
    {
        using StringWriter lines = new();
        using Serilog.Core.Logger logger = new LoggerConfiguration()
            .WriteTo.Sink(new WriterSink(new JsonLineFormatter("s"), lines)).CreateLogger();

        logger.Information("{@Object} {List} {Nan} {Text} {Missing}", new { A = 1 }, (int[])[1, 2], double.NaN, "\u2028\u0001\ud800");
        logger.Information("plain");

        // As the console does: bytes, in which half a character has no place.
        string[] written = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(lines.ToString()))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement full = JsonDocument.Parse(written[0]).RootElement;
        Assert.Equal(1, full.GetProperty("properties").GetProperty("Object").GetProperty("A").GetInt32());
        Assert.Equal(2, full.GetProperty("properties").GetProperty("List").GetArrayLength());
        JsonElement plain = JsonDocument.Parse(written[1]).RootElement;
        Assert.Equal(
            ["timestamp", "level", "message", "service", "template"], plain.EnumerateObject().Select(property => property.Name));
    }

    [LoggerMessage(1, LogLevel.Warning, "Posted {Name} in {Steps} steps")]
    private static partial void LogPosted(Microsoft.Extensions.Logging.ILogger log, string name, int steps);

    private static Microsoft.Extensions.Logging.ILogger Logger(TestService service, string category) =>
        service.App.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private sealed class WriterSink(JsonLineFormatter formatter, TextWriter output) : Serilog.Core.ILogEventSink
    {
        public void Emit(Serilog.Events.LogEvent logEvent) => formatter.Format(logEvent, output);
    }
}
