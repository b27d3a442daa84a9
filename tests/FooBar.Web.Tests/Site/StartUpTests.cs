using Dapper;
using FooBar.MySql;
using FooBar.Web.Schema;

namespace FooBar.Web.Tests.Site;

[Collection(SiteGroup.Name)]
public sealed class StartUpTests(SiteFixture site)
{
    private const string Applied = "Schema: applied {Script} in {Milliseconds:0} ms";
    private const string Warm = "Start-up: asked its own pages {Requests} times in {Seconds:0.0} s; it is ready now";
    private const string Seeded = "Seed: {Count} example notices written in {Milliseconds:0} ms";

    [Fact]
    public async Task TwoInstances_StartedAtOnceOnAnEmptyDatabase_PrepareItOnce()
    {
        IReadOnlyList<SchemaScript> scripts = SchemaScript.All();
        Assert.Equal(scripts.Count, site.First.Count(Applied) + site.Second.Count(Applied));
        Assert.Equal(1, site.First.Count(Seeded) + site.Second.Count(Seeded));
        Assert.Equal(
            string.Join(' ', scripts.Select(script => script.Name + "=" + script.Checksum)),
            await site.Database.ScalarAsync<string>(
                $"SELECT GROUP_CONCAT(CONCAT(name, '=', checksum) ORDER BY name SEPARATOR ' ') FROM {site.DatabaseName}.schema_version"));
        Assert.Equal(1, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {site.DatabaseName}.seed_run"));
        Assert.Equal(500, await site.Database.ScalarAsync<int>(
            $"SELECT COUNT(*) FROM {site.DatabaseName}.post WHERE created_at <= (SELECT MAX(created_at) FROM {site.DatabaseName}.seed_run)"));
        Assert.Equal(1, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {site.DatabaseName}.data_protection_key"));
    }

    [Fact]
    public async Task Instance_WhileAnotherPrepares_WaitsForItsTurn()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using MySqlConnection other = await site.Database.OpenAsync();
        Assert.Equal(1, await other.ExecuteScalarAsync<int>($"SELECT GET_LOCK('foobar-web start-up {target.Name}', 0)"));

        await using WebInstance instance = await WebInstance.StartAsync(target);
        using Browser browser = new(target.CaPath);
        long started = TimeProvider.System.GetTimestamp();
        while (await site.Database.ScalarAsync<int>(
            $"SELECT COUNT(*) FROM performance_schema.processlist WHERE state = 'User lock' AND db = '{target.Name}'") == 0)
        {
            Assert.Equal(503, (await browser.GetAsync(instance, "/health/ready")).Status);
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), string.Join('\n', instance.Log));
        }

        Assert.Equal(0, await site.Database.ScalarAsync<int>(
            $"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{target.Name}'"));
        await other.ExecuteAsync("DO RELEASE_ALL_LOCKS()");
        await instance.WaitForReadinessAsync(ready: true);
        Assert.Equal(500, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.post"));
    }

    [Fact]
    public async Task Seed_Ids_GrowWithTime() => Assert.Equal(0, await site.Database.ScalarAsync<int>(
        $"SELECT COUNT(*) FROM (SELECT created_at < LAG(created_at) OVER (ORDER BY id) AS falls FROM {site.DatabaseName}.post WHERE id <= 500) p WHERE falls"));

    [Fact]
    public async Task Instance_StartedAgain_AppliesAndSeedsNothing()
    {
        await using WebInstance third = await WebInstance.StartAsync(site.Target);
        await third.WaitForReadinessAsync(ready: true);
        Assert.Equal((0, 0), (third.Count(Applied), third.Count(Seeded)));
        Assert.Equal(1, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {site.DatabaseName}.data_protection_key"));
    }

    /// <summary>The pages are the site's real ones: what they post, log or count, visitors and operators would see.</summary>
    [Fact]
    public async Task Instance_BeforeItIsReady_HasAskedItsOwnPagesAndWrittenNothing()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using WebInstance instance = await WebInstance.StartAsync(target);
        await instance.WaitForReadinessAsync(ready: true);

        Assert.Equal(1, instance.Count(Warm));
        Assert.Empty(instance.At("Error"));
        Assert.Equal(500, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.post"));
        Assert.Equal(0, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.operation"));
    }

    [Fact]
    public async Task Instance_SeedPostsZero_LeavesTheBoardEmpty()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using WebInstance instance = await WebInstance.StartAsync(target, "Site:SeedPosts=0");
        await instance.WaitForReadinessAsync(ready: true);
        using Browser browser = new(site.Database.CaPath);
        Answer answer = await browser.GetAsync(instance, "/");
        Assert.Equal("Nothing is pinned up yet. Post the first notice.", answer.TextOf(".empty"));
    }

    [Fact]
    public async Task Instance_SchemaChangedUnderItsName_ServesNothingAndSaysWhy()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await site.Database.ExecuteAsync(
            $"CREATE TABLE {target.Name}.schema_version (name VARCHAR(100) PRIMARY KEY, checksum CHAR(64) NOT NULL, applied_at DATETIME(6) NOT NULL)");
        await site.Database.ExecuteAsync($"INSERT INTO {target.Name}.schema_version VALUES ('0001_posts.sql', 'other', NOW(6))");
        await using WebInstance instance = await WebInstance.StartAsync(target);
        await instance.WaitForLogAsync(line => line.Contains("0001_posts.sql was changed after it was applied", StringComparison.Ordinal));
        using Browser browser = new(site.Database.CaPath);
        Assert.Equal(503, (await browser.GetAsync(instance, "/health/ready")).Status);
        ErrorPage.AssertFriendly(await browser.GetAsync(instance, "/"), 503, "The board is out of reach for a moment");
        Assert.Equal(0, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{target.Name}' AND table_name = 'post'"));
    }

    [Fact]
    public void TwoInstances_StartedAtOnce_LogNoErrors()
    {
        Assert.Empty(site.First.ErrorsBeforeReady());
        Assert.Empty(site.Second.ErrorsBeforeReady());
    }

    [Theory]
    [InlineData("Database:Schema:User=", "Database:Schema:User is empty.")]
    [InlineData("Database:StalenessBound=00:00:00", "Database:StalenessBound is 00:00:00; it must be longer than zero and at most 01:00:00.")]
    [InlineData("Database:StalenessBound=-00:00:01", "Database:StalenessBound is -00:00:01; it must be longer than zero and at most 01:00:00.")]
    [InlineData("Database:StalenessBound=366.00:00:00", "Database:StalenessBound is 366.00:00:00; it must be longer than zero and at most 01:00:00.")]
    [InlineData("Database:DiscoveryNetworks:0=10.0.0.0", "Database:DiscoveryNetworks:0 is '10.0.0.0'; it must be a network, e.g. 10.0.0.0/8 or fd00::/8.")]
    [InlineData("Database:Nodes:0:Host=no-such.invalid", "Database:Nodes:0:Host is 'no-such.invalid', and that name has no address: ")]
    [InlineData("Site:SeedPosts=-1", "Site:SeedPosts must be between 0 and 100000.")]
    [InlineData("Web:Address=somewhere", "Web:Address is 'somewhere'; it must be an IP address.")]
    public async Task Instance_BadSetting_EndsAndNamesIt(string setting, string message)
    {
        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => WebInstance.StartAsync(site.Target, setting));
        Assert.Contains(message, ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instance_OneNodeWhoseHostIsNotKnown_NamesItAndServes()
    {
        await using WebInstance instance = await WebInstance.StartAsync(
            site.Target, "Database:Nodes:1:Name=db-2", "Database:Nodes:1:Host=no-such.invalid");
        await instance.WaitForReadinessAsync(ready: true);
        Assert.Single(instance.At("Warning"), line => line.Contains("Database:Nodes:1:Host is 'no-such.invalid', and that name has no address: ", StringComparison.Ordinal));
    }
}
