using FooBar.Testing;

namespace FooBar.Web.Tests.Site;

/// <summary>What an instance tells systemd. There is no database: that must not matter.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-systemd-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Instance_WithoutADatabase_IsStartedAndAliveAndStops()
    {
        using ServiceManager systemd = new();
        await using WebInstance instance = await WebInstance.StartAsync(
            Target(), "Web:Drain:Delay=00:00:00", $"NOTIFY_SOCKET={systemd.Address}", "WATCHDOG_USEC=1500000");

        Assert.Equal("READY=1\nSTATUS=Serving", await systemd.NextAsync());
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        await instance.WaitForReadinessAsync(ready: false);

        await instance.TerminateAsync();
        Assert.Equal("STOPPING=1\nSTATUS=Stopping: finishing what is in hand", await systemd.NextButAsync("WATCHDOG=1"));
        Assert.Equal(0, await instance.ExitCodeAsync());
        Assert.DoesNotContain(instance.Log, line => line.Contains("SystemdService", StringComparison.Ordinal));
    }

    private SiteTarget Target()
    {
        MySqlCertificates certificates = MySqlCertificates.Create(_folder.FullName);
        foreach (string account in (string[])["app", "monitor", "schema"])
            File.WriteAllText(Path.Combine(_folder.FullName, $"{account}.password"), "none\n");
        return new SiteTarget(
            [FreePorts.Next()], "foobar", certificates.CaPath, certificates.CertificatePath, certificates.KeyPath, _folder.FullName);
    }
}
