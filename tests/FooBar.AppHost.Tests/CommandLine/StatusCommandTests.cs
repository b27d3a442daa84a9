using System.Text.Json;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.CommandLine;

public sealed class StatusCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public StatusCommandTests()
    {
        ProcessIdentity dead = new(int.MaxValue, 1);
        StateFolder state = new(_folder["state"]);
        state.Create();
        new StackRecord(
            ProcessIdentity.Of(Environment.ProcessId),
            "running",
            "https://localhost:8443",
            null,
            [
                new ChildRecord("gateway", "gateway", "https://localhost:8443", "http://127.0.0.1:9600", null, 0, dead) { Restarts = 3 },
                new ChildRecord("web-1", "web", "https://127.0.0.1:7001", "http://127.0.0.1:9611", null, 0, dead),
                new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, dead),
                new ChildRecord("prometheus", "prometheus", "http://127.0.0.1:9090", null, null, 0, dead),
            ])
        {
            Events = [new StackEvent(new DateTimeOffset(2026, 1, 1, 7, 8, 9, TimeSpan.Zero), "web-1 was killed")],
        }.Write(state);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Status_OfAStackWhoseProcessesDied_ShowsEachAsDead()
    {
        FoobarResult result = await Foobar.RunAsync("status", "--state", _folder["state"]);

        result.AssertDone();
        string[][] rows = [.. result.Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Contains(["name", "role", "state", "address", "admin", "pid", "restarts"], rows);
        Assert.Contains(["gateway", "gateway", "dead", "https://localhost:8443", "http://127.0.0.1:9600", "2147483647", "3"], rows);
        Assert.Contains(["web-1", "web", "dead", "https://127.0.0.1:7001", "http://127.0.0.1:9611", "2147483647"], rows);
        Assert.Contains(["db-1", "none", "dead", "127.0.0.1:13306", "2147483647"], rows);
        Assert.Contains("  07:08:09 web-1 was killed\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("https://localhost:8443 (running)\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusJson_OfAStackWhoseProcessesDied_IsJsonAlone()
    {
        FoobarResult result = await Foobar.RunAsync("status", "--json", "--state", _folder["state"]);

        result.AssertDone();
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.Equal("dead", json.RootElement.GetProperty("gateway").GetProperty("state").GetString());
        Assert.Equal("dead", json.RootElement.GetProperty("db")[0].GetProperty("state").GetString());
        Assert.Equal("http://127.0.0.1:9090", json.RootElement.GetProperty("prometheus").GetProperty("url").GetString());
    }
}
