using System.Net.Sockets;
using FooBar.MySql;

namespace FooBar.Web.Tests.Site;

/// <summary>What an instance does between SIGTERM and its end.</summary>
[Collection(SiteGroup.Name)]
public sealed class DrainTests(SiteFixture site)
{
    [Fact]
    public async Task Sigterm_WithRequestsInFlight_IsNotReadyThenServesOnThenFinishesThem()
    {
        SiteTarget target = await site.Database.CreateAsync();
        await using WebInstance instance = await WebInstance.StartAsync(target);
        await instance.WaitForReadinessAsync(ready: true);
        using Browser author = new(target.CaPath);
        using Browser reader = new(target.CaPath);
        Dictionary<string, string> form = (await author.GetAsync(instance, "/posts/new")).Form();
        (form["title"], form["author"], form["body"]) = ("In flight", "A. Visitor", "Sent before the stop, answered behind it.");
        Assert.Equal(200, (await reader.GetAsync(instance, "/")).Status);

        // A notice that cannot be written yet, and that nobody has to wait for who reads.
        await using MySqlConnection other = await site.Database.OpenAsync();
        await ExecuteAsync(other, $"LOCK TABLES {target.Name}.operation WRITE");
        Task<Answer> posting = author.PostAsync(instance, "/posts/new", form);
        await WaitForLockAsync(target.Name);

        await instance.TerminateAsync();
        long askedAt = TimeProvider.System.GetTimestamp();
        await instance.WaitForReadinessAsync(ready: false);
        TimeSpan notReady = TimeProvider.System.GetElapsedTime(askedAt);

        // Still served: on the connection that was there, and on a new one.
        Answer kept = await reader.GetAsync(instance, "/");
        using Browser late = new(target.CaPath);
        Answer fresh = await late.GetAsync(instance, "/posts/1");
        Assert.Equal((200, 200), (kept.Status, fresh.Status));
        Assert.NotEqual(true, kept.Headers.ConnectionClose);
        Assert.False(posting.IsCompleted);

        await WaitUntilClosedAsync(instance);
        TimeSpan closed = TimeProvider.System.GetElapsedTime(askedAt);
        Assert.False(instance.HasExited);
        await ExecuteAsync(other, "UNLOCK TABLES");
        Answer posted = await posting;

        Assert.Equal(303, posted.Status);
        Assert.Equal(true, posted.Headers.ConnectionClose);
        Assert.Equal(0, await instance.ExitCodeAsync());
        Assert.Equal(1, await site.Database.ScalarAsync<int>($"SELECT COUNT(*) FROM {target.Name}.post WHERE title = 'In flight'"));
        Assert.Empty(instance.At("Error"));
        TestContext.Current.TestOutputHelper?.WriteLine($"not ready after {notReady.TotalSeconds:0.00} s, closed after {closed.TotalSeconds:0.00} s");
        // The delay is a promise of the least: a timer may come late, not early.
        Assert.InRange(closed, TimeSpan.FromSeconds(2.4), TimeSpan.FromSeconds(15));
        Assert.True(notReady < closed, $"not ready after {notReady}, closed after {closed}");
    }

    [Fact]
    public async Task Sigterm_WithoutDelay_EndsCleanly()
    {
        await using WebInstance instance = await WebInstance.StartAsync(site.Target, "Web:Drain:Delay=00:00:00");
        await instance.WaitForReadinessAsync(ready: true);

        await instance.TerminateAsync();

        Assert.Equal(0, await instance.ExitCodeAsync());
    }

    private async Task WaitForLockAsync(string database)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (await site.Database.ScalarAsync<int>(
            $"SELECT COUNT(*) FROM performance_schema.processlist WHERE state LIKE 'Waiting for table metadata lock' AND db = '{database}'") == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(9), "nobody waits for the table");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static async Task WaitUntilClosedAsync(WebInstance instance)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(instance.Url.Host, instance.Url.Port);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail("The listener is still there.");
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
