using System.Diagnostics;
using System.Text.Json;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Integration.Tests;

/// <summary>
/// What the README promises to somebody who just cloned: nothing prepared, an empty home, everything downloaded; and nothing left behind.
/// Commits are cloned, not the working tree.
/// </summary>
public sealed class CleanCloneTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(RepositoryRoot.Path, "artifacts", "test-clone", Guid.NewGuid().ToString("N")[..8]);

    private string Clone => Path.Combine(_folder, "foobar");

    private string Home => Path.Combine(_folder, "home");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Home);
        await RunAsync("git", "clone", "--quiet", RepositoryRoot.Path, Clone);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Clone, "foobar")))
        {
            await FoobarAsync("down", "--purge");
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task CleanClone_UpPostDownUp_KeepsThePostAndPurgeLeavesNothing()
    {
        string[] ports = ["--port-offset", "9300"];
        string[] temporaryBefore = await TemporaryFilesAsync();
        long started = Stopwatch.GetTimestamp();
        await FoobarOrFailAsync(["up", "--detach", .. ports]);
        TimeSpan first = Stopwatch.GetElapsedTime(started);

        (Uri site, string[] names) = await StatusAsync();
        Assert.Equal(["db-1", "db-2", "db-3", "web-1", "web-2"], names);
        string location;
        using (HttpClient http = VerifiedHttp.Create(site, Path.Combine(Clone, ".foobar", "certs", "ca.crt")))
        {
            location = await new Visitor(http).PostAsync("It is still here", "Clean clone", "A post that must survive a night in the drawer.");
        }

        await FoobarOrFailAsync("down");
        started = Stopwatch.GetTimestamp();
        await FoobarOrFailAsync(["up", "--detach", .. ports]);
        TimeSpan second = Stopwatch.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper!.WriteLine($"first up, everything downloaded: {first.TotalSeconds:0.0} s; second: {second.TotalSeconds:0.0} s");
        using (HttpClient http = VerifiedHttp.Create(site, Path.Combine(Clone, ".foobar", "certs", "ca.crt")))
        {
            Assert.Equal("It is still here", (await new Visitor(http).GetAsync(location)).QuerySelector("h1")?.TextContent.Trim());
        }

        await FoobarOrFailAsync("down", "--purge");
        Assert.False(Directory.Exists(Path.Combine(Clone, ".foobar")), "The state folder is still there.");
        Assert.Empty(ProcessesOf(_folder));
        Assert.Empty(Directory.GetFileSystemEntries(Home, "*", SearchOption.AllDirectories));
        Assert.Empty((await TemporaryFilesAsync()).Except(temporaryBefore));
        await RunAsync("git", "-C", Clone, "diff", "--exit-code");
        Assert.Equal(string.Empty, (await RunAsync("git", "-C", Clone, "status", "--porcelain")).Trim());
        Assert.Equal(1, (await FoobarAsync("status")).ExitCode);
    }

    /// <summary>What this user has in the system's temporary folders, but for what the tests themselves keep there.</summary>
    private static async Task<string[]> TemporaryFilesAsync() =>
        (await RunAsync("find", "/tmp", "/var/tmp", "-maxdepth", "1", "-user", Environment.UserName, "-not", "-name", "foobar-*")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Processes whose command line names the folder.</summary>
    private static List<string> ProcessesOf(string folder) =>
    [
        .. Directory.GetDirectories("/proc").Where(path => Path.GetFileName(path).All(char.IsAsciiDigit)).Select(path =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(path, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                return string.Empty;
            }
        }).Where(command => command.Contains(folder, StringComparison.Ordinal)),
    ];

    private async Task<(Uri Site, string[] Names)> StatusAsync()
    {
        (int exitCode, string output) = await FoobarAsync("status", "--json");
        Assert.True(exitCode == 0, output);
        using JsonDocument status = JsonDocument.Parse(output);
        JsonElement root = status.RootElement;
        Assert.Equal("ready", root.GetProperty("gateway").GetProperty("state").GetString());
        Assert.All(root.GetProperty("web").EnumerateArray(), web => Assert.Equal("ready", web.GetProperty("state").GetString()));
        Assert.All(root.GetProperty("db").EnumerateArray(), db => Assert.Equal("online", db.GetProperty("state").GetString()));
        Assert.Single(root.GetProperty("db").EnumerateArray(), db => db.GetProperty("role").GetString() == "primary");
        string[] names = [.. root.GetProperty("db").EnumerateArray().Concat(root.GetProperty("web").EnumerateArray()).Select(process => process.GetProperty("name").GetString()!)];
        return (new Uri(root.GetProperty("gateway").GetProperty("url").GetString()!), names);
    }

    private async Task FoobarOrFailAsync(params string[] arguments)
    {
        (int exitCode, string output) = await FoobarAsync(arguments);
        string supervisor = Path.Combine(Clone, ".foobar", "logs", "supervisor.log");
        Assert.True(exitCode == 0, $"./foobar {string.Join(' ', arguments)} ended with {exitCode}:\n{output}\n{(File.Exists(supervisor) ? await File.ReadAllTextAsync(supervisor) : string.Empty)}");
    }

    private Task<(int ExitCode, string Output)> FoobarAsync(params string[] arguments) =>
        TestProcess.RunAsync(Path.Combine(Clone, "foobar"), arguments, TestContext.Current.CancellationToken, start =>
        {
            start.WorkingDirectory = Clone;
            foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("FOOBAR_", StringComparison.Ordinal) || name.StartsWith("NUGET_", StringComparison.Ordinal)).ToList())
            {
                start.Environment.Remove(name);
            }

            start.Environment["HOME"] = Home;
        });

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output) = await TestProcess.RunAsync(program, arguments, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}: {output}");
        return output;
    }
}
