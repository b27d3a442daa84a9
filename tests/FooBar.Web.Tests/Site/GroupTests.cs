using System.Net;
using FooBar.MySql;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Web.Tests.Site;

/// <summary>Two instances on a real group of three: what needs a replica, and what needs another primary.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-site-");
    private MySqlGroup? _group;
    private WebInstance? _first;
    private WebInstance? _second;
    private SiteTarget? _target;
    private string _caPath = "";

    private MySqlGroup Group => _group!;

    private WebInstance First => _first!;

    private WebInstance Second => _second!;

    public async ValueTask InitializeAsync()
    {
        _group = await MySqlGroup.StartAsync();
        _caPath = Path.Combine(_folder.FullName, "ca.crt");
        await File.WriteAllTextAsync(
            _caPath, string.Join('\n', _group.Members.Select(member => File.ReadAllText(member.Certificates.CaPath))));
        string[] accounts =
        [
            _group.ApplicationConnectionString(0), _group.MonitorConnectionString(0), _group.SchemaConnectionString(0),
        ];
        foreach (string account in accounts)
        {
            MySqlConnectionStringBuilder text = new(account);
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, $"{text["User ID"]}.password"), $"{text["Password"]}");
        }

        MySqlCertificates certificates = _group.Members[0].Certificates;
        _target = new(
            [.. _group.Members.Select(member => member.Port)],
            MySqlGroup.Schema,
            _caPath,
            certificates.CertificatePath,
            certificates.KeyPath,
            _folder.FullName);
        _first = await WebInstance.StartAsync(_target);
        _second = await WebInstance.StartAsync(_target);
        await Task.WhenAll(_first.WaitForReadinessAsync(ready: true), _second.WaitForReadinessAsync(ready: true));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebInstance? instance in (WebInstance?[])[_first, _second])
        {
            if (instance is not null)
                await instance.DisposeAsync();
        }

        if (_group is not null)
            await _group.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Author_ReplicasBehind_ReadsTheNoticeOnTheOtherInstanceAtOnce_ByCookieAndByHeader()
    {
        // The replicas cannot apply what is written to the board while a reader holds its table; reading goes on.
        await using MySqlDataSource firstReplica = new(Group.Members[1].ConnectionString + $"Database={MySqlGroup.Schema};");
        await using MySqlDataSource secondReplica = new(Group.Members[2].ConnectionString + $"Database={MySqlGroup.Schema};");
        await using MySqlConnection firstLock = await LockAsync(firstReplica);
        await using MySqlConnection secondLock = await LockAsync(secondReplica);

        using Browser author = new(_caPath);
        Answer posted = await PostAsync(author, First, await FormAsync(author, First, "Fresh"));
        Assert.Equal(303, posted.Status);
        Answer seen = await author.GetAsync(Second, posted.Location!);
        Assert.Equal((200, "Fresh"), (seen.Status, seen.TextOf("article h1")));

        // Who has written nothing reads a replica, and that has not come so far: it is the cookie that made the difference.
        using Browser stranger = new(_caPath);
        Assert.Equal(404, (await stranger.GetAsync(Second, posted.Location!)).Status);

        // So it is with a client that carries the token in the header.
        using Browser client = new(_caPath);
        using FormUrlEncodedContent form = new(await FormAsync(client, First, "Fresh by header"));
        Answer sent = await client.SendAsync(First, HttpMethod.Post, "/posts/new", form, ("Causal-Token", ""));
        Assert.Equal(303, sent.Status);
        Assert.Empty(sent.SetCookies);
        string token = sent.Header("Causal-Token");
        Assert.NotEqual("", token);
        Assert.Equal(404, (await client.GetAsync(Second, sent.Location!)).Status);
        Answer read = await client.GetAsync(Second, sent.Location!, ("Causal-Token", token));
        Assert.Equal((200, "Fresh by header", token), (read.Status, read.TextOf("article h1"), read.Header("Causal-Token")));

        await UnlockAsync(firstLock);
        await UnlockAsync(secondLock);
        await UntilAsync(async () => (await stranger.GetAsync(Second, posted.Location!)).Status == 200);
    }

    [Fact]
    public async Task Primary_Killed_PagesAreReadAndANoticeIsPostedOnce()
    {
        using Browser author = new(_caPath);
        Dictionary<string, string> form = await FormAsync(author, First, "Through a failover");
        await Group.KillAsync(await Group.PrimaryAsync());

        // Reading goes on, and neither instance is taken out of service.
        using Browser reader = new(_caPath);
        Task<Answer> posting = PostAsync(author, First, form);
        Assert.Equal(200, (await reader.GetAsync(Second, "/posts/1")).Status);

        // The write is held until there is a primary. If that takes longer than a visitor is kept waiting, the form comes back.
        Answer answer = await posting;
        await UntilAsync(async () =>
        {
            if (answer.Status == 303)
                return true;
            Assert.Equal(503, answer.Status);
            Dictionary<string, string> again = answer.Form();
            Assert.Equal((form["title"], form["body"], form["op"]), (again["title"], again["body"], again["op"]));
            answer = await PostAsync(author, Second, again);
            return false;
        });
        Assert.Equal("Through a failover", (await author.GetAsync(Second, answer.Location!)).TextOf("article h1"));
        int primary = await Group.PrimaryAsync();
        Assert.Equal("1", await Group.QueryAsync(primary, $"SELECT COUNT(*) FROM {MySqlGroup.Schema}.post WHERE title = 'Through a failover'"));
    }

    [Fact]
    public async Task Primary_Killed_TheSameFormSentToBothInstancesIsPostedOnce_AndBothStayReady()
    {
        using Browser author = new(_caPath);
        Dictionary<string, string> form = await FormAsync(author, First, "Sent twice through a failover");
        using CancellationTokenSource stop = new();
        Task<int[]> ready = Task.WhenAll(CountReadyAsync(First, stop.Token), CountReadyAsync(Second, stop.Token));

        await Group.KillAsync(await Group.PrimaryAsync());
        long sentAt = TimeProvider.System.GetTimestamp();
        Answer[] answers = await Task.WhenAll(PostAsync(author, First, form), PostAsync(author, Second, form));
        TimeSpan took = TimeProvider.System.GetElapsedTime(sentAt);
        await stop.CancelAsync();

        Assert.All(answers, answer => Assert.Equal(303, answer.Status));
        Assert.Equal(answers[0].Location, answers[1].Location);
        Assert.Equal("1", await Group.QueryAsync(
            await Group.PrimaryAsync(), $"SELECT COUNT(*) FROM {MySqlGroup.Schema}.post WHERE title = 'Sent twice through a failover'"));
        int checks = (await ready).Min();
        TestContext.Current.TestOutputHelper?.WriteLine($"both posted after {took.TotalSeconds:0.0} s; {checks} checks meanwhile, all ready");
        Assert.True(checks > 5, $"{checks} checks");
    }

    [Fact]
    public async Task Replica_Frozen_BothInstancesStayReadyAndNoPageFails()
    {
        // Both have answered before: the first request of a process pays for what every later one finds there.
        await First.WaitForReadinessAsync(ready: true);
        await Second.WaitForReadinessAsync(ready: true);
        using CancellationTokenSource stop = new();
        Task<int[]> ready = Task.WhenAll(CountReadyAsync(First, stop.Token), CountReadyAsync(Second, stop.Token));
        using Browser reader = new(_caPath);
        int replica = (await Group.PrimaryAsync() + 1) % 3;
        TimeSpan slowest = TimeSpan.Zero;

        await Signals.FreezeAsync(Group.Members[replica].ProcessId);
        long frozenAt = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(frozenAt) < TimeSpan.FromSeconds(3))
        {
            long askedAt = TimeProvider.System.GetTimestamp();
            Assert.Equal(200, (await reader.GetAsync(Second, "/")).Status);
            TimeSpan took = TimeProvider.System.GetElapsedTime(askedAt);
            slowest = took > slowest ? took : slowest;
        }

        await stop.CancelAsync();
        int checks = (await ready).Min();
        TestContext.Current.TestOutputHelper?.WriteLine($"slowest page {slowest.TotalSeconds:0.00} s; {checks} checks, all ready");
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.True(checks > 5, $"{checks} checks");
    }

    [Fact]
    public async Task Cookie_OfAnotherCluster_IsReplacedByTheFirstAnswerAndCostsTheSecondNothing()
    {
        await using MySqlDataSource primary = new(Group.Members[await Group.PrimaryAsync()].ConnectionString);
        await using MySqlConnection connection = await primary.OpenConnectionAsync(TestContext.Current.CancellationToken);
        string foreign = await CausalSeal.SealAsync(connection, MySqlGroup.Schema, "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1-5");
        using Browser visitor = new(_caPath);
        visitor.Cookies.Add(new Cookie("foobar-causal", foreign, "/", First.Url.Host));
        MetricsPage before = await First.MetricsAsync();

        Answer first = await visitor.GetAsync(First, "/");
        MetricsPage between = await First.MetricsAsync();
        Answer second = await visitor.GetAsync(First, "/");
        MetricsPage after = await First.MetricsAsync();

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.StartsWith("foobar-causal=", Assert.Single(first.SetCookies), StringComparison.Ordinal);
        Assert.DoesNotContain(foreign, first.SetCookies.Single(), StringComparison.Ordinal);
        Assert.Empty(second.SetCookies);
        Assert.Equal((1, 0), (Foreign(between) - Foreign(before), Foreign(after) - Foreign(between)));
        // Only the primary can tell that nobody holds what the cookie demands.
        Assert.Equal((1, 0), (ByPrimary(between) - ByPrimary(before), ByPrimary(after) - ByPrimary(between)));

        static double Foreign(MetricsPage page) => page.Sum("database_tokens_rejected_total", "reason=\"foreign\"");
        static double ByPrimary(MetricsPage page) => page.Sum("database_reads_total", "role=\"primary\"");
    }

    [Fact]
    public async Task Instance_ToldOfThePrimaryAlone_FindsTheOthersReadsFromThemAndFollowsAFailover()
    {
        int primary = await Group.PrimaryAsync();
        string[] found = [.. Group.Members.Where((_, i) => i != primary).Select(member => $"127.0.0.1:{member.Port}")];
        await using WebInstance instance = await WebInstance.StartAsync(
            _target! with { Ports = [Group.Members[primary].Port] }, "Database:DiscoveryNetworks:0=127.0.0.0/8");
        using Browser author = new(_caPath);
        await instance.WaitForReadinessAsync(ready: true);
        await UntilAsync(async () =>
        {
            Assert.Equal(200, (await author.GetAsync(instance, "/")).Status);
            MetricsPage metrics = await instance.MetricsAsync();
            return found.All(node => metrics.Sum("database_queries_total", $"node=\"{node}\"", "operation=\"read\"") > 0);
        });

        Dictionary<string, string> form = await FormAsync(author, instance, "To a member that was found");
        await Group.KillAsync(primary);
        Answer answer = await PostAsync(author, instance, form);
        await UntilAsync(async () => answer.Status == 303 || (answer = await PostAsync(author, instance, answer.Form())).Status == 303);

        Assert.Equal("To a member that was found", (await author.GetAsync(instance, answer.Location!)).TextOf("article h1"));
        MetricsPage written = await instance.MetricsAsync();
        Assert.True(found.Sum(node => written.Sum("database_queries_total", $"node=\"{node}\"", "operation=\"write\"")) > 0, written.Text);
    }

    /// <summary>Asks as the gateway does, and more often; fails at the first no.</summary>
    private async Task<int> CountReadyAsync(WebInstance instance, CancellationToken stop)
    {
        using Browser gateway = new(_caPath);
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            Answer answer = await gateway.GetAsync(instance, "/health/ready");
            Assert.True(answer.Status == 200, $"/health/ready answers {answer.Status} after {count} times yes, {answer.Text}:\n{string.Join('\n', instance.Log)}");
            count++;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }

        return count;
    }

    private static async Task<MySqlConnection> LockAsync(MySqlDataSource source)
    {
        MySqlConnection connection = await source.OpenConnectionAsync();
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = "LOCK TABLES post READ";
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task UnlockAsync(MySqlConnection connection)
    {
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = "UNLOCK TABLES";
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<Dictionary<string, string>> FormAsync(Browser browser, WebInstance instance, string title)
    {
        Dictionary<string, string> form = (await browser.GetAsync(instance, "/posts/new")).Form();
        (form["title"], form["author"], form["body"]) = (title, "A. Visitor", "A notice that was written by a test.");
        return form;
    }

    private static Task<Answer> PostAsync(Browser browser, WebInstance instance, Dictionary<string, string> form) =>
        browser.PostAsync(instance, "/posts/new", form);

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        TimeSpan deadline = TimeSpan.FromSeconds(60);
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > deadline)
                Assert.Fail($"Not within {deadline}:\n{string.Join('\n', First.Log)}\n{string.Join('\n', Second.Log)}\n{Group.Logs}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
