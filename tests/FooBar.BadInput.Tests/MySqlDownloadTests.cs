using System.Diagnostics;
using System.Text;
using FooBar.BadInput.Tests.Support;
using FooBar.Testing;

namespace FooBar.BadInput.Tests;

/// <summary>The larger download: many packages, unpacked two at a time. Whatever ends it midway, the next start begins it anew and works.</summary>
public sealed class MySqlDownloadTests
{
    private const string Interrupted = "foobar: interrupted before the site was up; what had started is stopped.\n";

    [Fact]
    public async Task Up_KilledOrInterruptedWhileItUnpacks_BeginsAnewAndMendsWhatIsDamagedLater()
    {
        await using StateOfATest state = new();
        await using Mirror mirror = await Mirror.StartAsync();
        Dictionary<string, string?> environment = mirror.Environment(state, "MySQL");
        string tools = Path.Combine(state.Path, "tools");

        // kill -9 always; of the ways that a person or a machine asks, another with each seed.
        await EndWhileUnpackingAsync(state, environment, "KILL");
        Assert.False(Directory.Exists(Path.Combine(tools, "mysql")));
        Assert.True(Directory.Exists(Path.Combine(tools, "mysql.partial")));

        // And a package that only looks like one, where apt keeps those that it has.
        string[] kept = Directory.GetFiles(Path.Combine(tools, "apt-mysql", "cache", "archives"), "mysql-server-core*.deb");
        await using (FileStream package = new(Assert.Single(kept), FileMode.Open))
        {
            package.SetLength(package.Length / 2);
        }

        (await state.DownAsync()).AssertDone();
        foreach (string signal in Catalogue.Choose((string[])["INT", "TERM", "HUP"], plain: 1))
        {
            (int exitCode, string error) = await EndWhileUnpackingAsync(state, environment, signal);
            Assert.Equal((1, Interrupted), (exitCode, error));
            Foobar.AssertNothingRunsIn(state.Path);
            Assert.Empty(Directory.GetDirectories(tools));
        }

        await state.AssertNextUpWorksAsync(environment);

        // A plugin is needed a minute after the server runs: that it is whole is known from the manifest alone.
        string plugin = Path.Combine(tools, "mysql", "usr", "lib", "mysql", "plugin", "group_replication.so");
        long length = new FileInfo(plugin).Length;
        await using (FileStream file = new(plugin, FileMode.Open))
        {
            file.SetLength(length - 1);
        }

        await state.AssertNextUpWorksAsync(environment);
        Assert.Equal(length, new FileInfo(plugin).Length);
        Assert.Equal(["mysql"], Directory.GetDirectories(tools).Select(Path.GetFileName));
    }

    private static async Task<(int ExitCode, string Error)> EndWhileUnpackingAsync(StateOfATest state, Dictionary<string, string?> environment, string signal)
    {
        using Process up = await Foobar.StartAsync(Foobar.Script, state.Up(), environment);
        Task<string> error = up.StandardError.ReadToEndAsync(CancellationToken.None);
        StringBuilder said = new();
        while (!said.ToString().Contains("unpacking 1 of", StringComparison.Ordinal))
        {
            string? line = await up.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            if (line is null)
            {
                Assert.Fail($"It ended before it unpacked:\n{said}{await error}");
            }

            said.AppendLine(line);
        }

        (await Foobar.RunAsync("kill", [$"-{signal}", $"{up.Id}"])).AssertDone();
        await up.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await Foobar.EndAsync(up);
        return (up.ExitCode, await error);
    }
}
