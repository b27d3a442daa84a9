using System.Diagnostics;
using System.Text.Json;
using FooBar.AppHost.Tests.CommandLine;

namespace FooBar.AppHost.Tests.Gateway;

/// <summary>The command against the real gateway of a running stack.</summary>
public sealed class GatewayCommandTests : IAsyncLifetime
{
    private RunningGateway _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await RunningGateway.StartAsync();

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task List_ShowsEveryInstance()
    {
        FoobarResult result = await _gateway.CallAsync("list");

        result.AssertDone();
        Assert.Contains(["name", "state", "health", "requests", "in", "flight", "weight", "address", "ordered"], Rows(result));
        Assert.Contains(["web-1", "ready", "up", "takes", "0", "100", _gateway.First.Url], Rows(result));
        Assert.Contains(["web-2", "ready", "up", "takes", "0", "100", _gateway.Second.Url], Rows(result));
    }

    [Fact]
    public async Task ListJson_IsTheGatewaysOwnAnswer()
    {
        FoobarResult result = await _gateway.CallAsync("list", "--json");

        result.AssertDone();
        Assert.Equal(["web-1 ready", "web-2 ready"], JsonElement.Parse(result.Output).GetProperty("backends").EnumerateArray()
            .Select(backend => $"{backend.GetProperty("name")} {backend.GetProperty("state")}"));
    }

    [Fact]
    public async Task DrainAndReady_TakeAnInstanceOutAndBack()
    {
        FoobarResult drained = await _gateway.CallAsync("drain", "web-1", "--reason", "a new kernel");
        drained.AssertDone();
        Assert.Equal("web-1 is drained.\n", drained.Output);
        Assert.Equal(["web-2", "web-2", "web-2"], await VisitAsync(3));
        FoobarResult list = await _gateway.CallAsync("list");
        Assert.Contains(Rows(list), row => row is ["web-1", "drain", "up", "takes", "none", "0", "100", _, "state", _, _, "by", "127.0.0.1", "(token", _, "a", "new", "kernel"]);
        Assert.Contains("\"action\":\"state\",\"target\":\"web-1\",\"before\":\"ready\",\"after\":\"drain\",\"reason\":\"a new kernel\",\"result\":\"done\"", _gateway.Log, StringComparison.Ordinal);

        FoobarResult ready = await _gateway.CallAsync("ready", "web-1", "--wait");
        ready.AssertDone();
        Assert.Matches(@"^web-1 is ready and takes requests after \d+\.\d s\.\n$", ready.Output);
        Assert.Equal(["web-1", "web-2"], (await VisitAsync(4)).Distinct().Order());
    }

    [Fact]
    public async Task Maintenance_SaysSo()
    {
        Assert.Equal("web-1 is in maintenance.\n", (await _gateway.CallAsync("maintenance", "web-1")).Output);
        Assert.Matches(@"^web-1 is in maintenance; its last request has ended after 0\.0 s\.\n$", (await _gateway.CallAsync("maintenance", "web-1", "--wait")).Output);
        Assert.Contains(["web-1", "maintenance", "unknown", "takes", "none", "0", "100", _gateway.First.Url], Rows(await _gateway.CallAsync("list")).Select(row => row.Take(8).ToArray()));
    }

    [Fact]
    public async Task Weight_GivesAnInstanceItsShare()
    {
        FoobarResult none = await _gateway.CallAsync("weight", "web-1", "0", "--reason", "it is slow");
        none.AssertDone();
        Assert.Equal("web-1 has the weight 0, before 100.\n", none.Output);
        Assert.Equal(["web-2", "web-2"], await VisitAsync(2));
        Assert.Contains(Rows(await _gateway.CallAsync("list")), row => row is ["web-1", "ready", "up", "takes", "none", "0", "0", _, "weight", .., "it", "is", "slow"]);

        Assert.Equal("web-1 has the weight 7, before 0.\n", (await _gateway.CallAsync("weight", "web-1", "7")).Output);
        Assert.Equal("web-1 has the weight 100, before 7.\n", (await _gateway.CallAsync("weight", "web-1", "configured")).Output);
    }

    [Fact]
    public async Task DrainWait_ReturnsWhenTheLastRequestHasEnded()
    {
        Task<string> visit = await HeldVisitAsync();
        using Process command = await Foobar.StartAsync([], "gateway", "drain", "web-1", "--wait", "--state", _gateway.State.Path);
        await Eventually.TrueAsync(() => _gateway.Log.Contains("Backend web-1 was put into the state", StringComparison.Ordinal), () => _gateway.Log);
        Assert.False(command.HasExited);

        _gateway.First.Release();
        string output = await command.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await command.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Matches(@"^web-1 is drained after \d+\.\d s\.\n$", output);
        Assert.Equal((0, "web-1"), (command.ExitCode, await visit));
    }

    [Fact]
    public async Task DrainWait_ForTooLong_SaysWhatIsStillThere()
    {
        Task<string> visit = await HeldVisitAsync();

        Assert.Equal("web-1 takes no new requests; 1 in flight.\n", (await _gateway.CallAsync("drain", "web-1")).Output);
        (await _gateway.CallAsync("drain", "web-1", "--wait", "--timeout", "1")).AssertFailed(
            1, "foobar: web-1 still has 1 in flight after 1 s. It takes no new ones; wait on with a longer --timeout.");

        _gateway.First.Release();
        Assert.Equal("web-1", await visit);
    }

    [Fact]
    public async Task Drain_OfTheLast_IsRefusedUnlessForced()
    {
        (await _gateway.CallAsync("drain", "web-1")).AssertDone();

        (await _gateway.CallAsync("drain", "web-2")).AssertFailed(
            1, "foobar: It is the last backend that takes requests. Without web-2 every visitor would get an error page. Bring another back first, or send \"force\": true (./foobar gateway: --force) if that is meant.");
        FoobarResult forced = await _gateway.CallAsync("drain", "web-2", "--force");
        forced.AssertDone();
        Assert.Equal("web-2 is drained.\n", forced.Output);
    }

    [Fact]
    public async Task Drain_HoldsOverARestartOfTheGateway()
    {
        (await _gateway.CallAsync("drain", "web-2")).AssertDone();

        await _gateway.EndAsync();
        await _gateway.StartAgainAsync();

        Assert.Contains(["web-2", "drain"], Rows(await _gateway.CallAsync("list")).Select(row => row.Take(2).ToArray()));
        Assert.Equal(["web-1", "web-1"], await VisitAsync(2));
    }

    [Fact]
    public async Task Order_OfAnUnknownName_ListsTheKnown() =>
        (await _gateway.CallAsync("drain", "web-7")).AssertFailed(1, "foobar: There is no such backend. There is no backend 'web-7'. There are web-1, web-2.");

    [Fact]
    public async Task Reload_SaysWhatIsInForce_OrWhyNot()
    {
        FoobarResult reloaded = await _gateway.CallAsync("reload", "--reason", "new names");
        reloaded.AssertDone();
        Assert.Equal("Generation 2 of the configuration is in force.\n", reloaded.Output);

        string certificate = Path.Combine(_gateway.State.Certificates, "gateway.crt");
        File.WriteAllText(certificate, "broken");
        (await _gateway.CallAsync("reload")).AssertFailed(
            1,
            $"""
            foobar: The new configuration is refused. Generation 2 stays in force. Correct what is wrong and reload again.
              Gateway:CertificatePath is "{certificate}", which cannot be used: it holds no certificate.
            """);
    }

    [Fact]
    public async Task Certificates_AreShownWithTheirTime()
    {
        FoobarResult result = await _gateway.CallAsync("certificates");

        result.AssertDone();
        Assert.Contains("www.foobar.com, foobar.com, localhost, 127.0.0.1, ::1", result.Output, StringComparison.Ordinal);
        Assert.Contains("CN=FooBar local CA", result.Output, StringComparison.Ordinal);
        Assert.Contains(" 90.0 ", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, JsonElement.Parse((await _gateway.CallAsync("certificates", "--json")).Output).GetProperty("certificates").GetArrayLength());
    }

    [Fact]
    public async Task Purge_HasTheCacheForget()
    {
        _gateway.First.CacheControl = _gateway.Second.CacheControl = "max-age=600";
        foreach (string path in (string[])["/a", "/a?x=1", "/a/b", "/b"])
        {
            await _gateway.VisitAsync(path);
        }

        string site = $"https://localhost:{_gateway.HttpsPort}";
        FoobarResult one = await _gateway.CallAsync("purge", $"{site}/a?x=1", "--reason", "a wrong price");
        one.AssertDone();
        Assert.Matches(@"^1 answer is forgotten, [\d,]+ bytes\.\n$", one.Output);
        Assert.Contains($"\"action\":\"purge\",\"target\":\"{site}/a?x=1\"", _gateway.Log, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"a wrong price\",\"result\":\"done\"", _gateway.Log, StringComparison.Ordinal);
        Assert.Equal(
            "Nothing was stored there. An address is stored as it was asked for, each query by itself: --below takes them all.\n",
            (await _gateway.CallAsync("purge", $"{site}/a?x=1")).Output);
        Assert.Matches(@"^2 answers are forgotten, [\d,]+ bytes\.\n$", (await _gateway.CallAsync("purge", $"{site}/a", "--below")).Output);
        Assert.Equal(1, JsonElement.Parse((await _gateway.CallAsync("purge", "--all", "--json")).Output).GetProperty("answers").GetInt32());
        Assert.Equal("The cache was empty.\n", (await _gateway.CallAsync("purge", "--all")).Output);
    }

    [Fact]
    public async Task Purge_OfWhatCannotBe_SaysSo()
    {
        (await _gateway.CallAsync("purge", "/a")).AssertFailed(
            1, "foobar: The address cannot be used. Give it whole and encoded, as visitors ask for it: https://HOST/PATH?QUERY, without spaces and fragment, and without the query if all below it is meant.");
        (await _gateway.CallAsync("purge", "https://www.example.com/a")).AssertFailed(
            1, "foobar: There is no such host. 'www.example.com' is not served. There are www.foobar.com, foobar.com, localhost, 127.0.0.1, ::1.");
    }

    [Fact]
    public async Task Token_ThatIsAnothers_SaysWhichFileWasTried()
    {
        File.WriteAllText(_gateway.TokenFile, new string('0', 64));

        (await _gateway.CallAsync("list")).AssertFailed(
            1,
            $"foobar: The token is missing or wrong: the gateway does not know the one in {_gateway.TokenFile}. Send the header Authorization: Bearer TOKEN, with what is in the file that Gateway:Admin:TokenPath names.");
    }

    [Fact]
    public async Task Token_ThatIsMissingOrEmpty_SaysSo()
    {
        File.WriteAllText(_gateway.TokenFile, "\n");
        (await _gateway.CallAsync("list")).AssertFailed(1, $"foobar: the token file {_gateway.TokenFile} holds no token.");

        File.Delete(_gateway.TokenFile);
        (await _gateway.CallAsync("list")).AssertFailed(1, $"foobar: the token file {_gateway.TokenFile} cannot be used: there is no such file.");
    }

    [Fact]
    public async Task Gateway_ThatIsDown_SaysWhereToLook()
    {
        await _gateway.EndAsync();

        (await _gateway.CallAsync("list")).AssertFailed(
            1, $"foobar: the gateway's admin port http://127.0.0.1:{_gateway.AdminPort}/ cannot be reached: Connection refused. See ./foobar status, and ./foobar logs gateway.");
    }

    private static string[][] Rows(FoobarResult result) => [.. result.Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private async Task<string[]> VisitAsync(int times)
    {
        List<string> answers = [];
        for (int i = 0; i < times; i++)
        {
            answers.Add(await _gateway.VisitAsync());
        }

        return [.. answers];
    }

    /// <summary>A visit that web-1 has in hand.</summary>
    private async Task<Task<string>> HeldVisitAsync()
    {
        _gateway.First.Hold();
        Task<string> visit;
        do
        {
            visit = _gateway.VisitAsync();
            await Eventually.TrueAsync(() => visit.IsCompleted || _gateway.First.Held == 1, () => _gateway.Log);
        }
        while (visit.IsCompleted);
        return visit;
    }
}
