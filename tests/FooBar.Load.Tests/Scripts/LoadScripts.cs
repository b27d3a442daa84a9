using FooBar.Testing;

namespace FooBar.Load.Tests.Scripts;

/// <summary>
/// A copy of tests/load below artifacts with the compiler that its lock file names. The registry is npm's own setting on this machine;
/// everything that npm writes stays below artifacts.
/// </summary>
public sealed class LoadScripts : IAsyncLifetime
{
    private readonly string _artifacts = Path.Combine(RepositoryRoot.Path, "artifacts");

    /// <summary>The scripts as they are in the repository.</summary>
    public static string Source { get; } = Path.Combine(RepositoryRoot.Path, "tests", "load");

    /// <summary>The copy.</summary>
    public string Folder { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (string program in (string[])["node", "npm"])
        {
            Assert.True(path.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not on PATH: install Node.js 18 or later and npm (apt-get install nodejs npm).");
        }

        Folder = Path.Combine(_artifacts, "load-scripts", Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Folder);
        Directory.CreateDirectory(Path.Combine(_artifacts, "tmp"));
        foreach (string file in Directory.GetFiles(Source))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        }

        (int exitCode, string output) = await RunAsync("npm", "ci", "--ignore-scripts");
        Assert.True(exitCode == 0, $"npm ci failed:\n{output}");
    }

    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Type-checks the copy.</summary>
    public Task<(int ExitCode, string Output)> CheckAsync() => RunAsync("node", Path.Combine("node_modules", "typescript", "bin", "tsc"), "--noEmit");

    private Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments) =>
        TestProcess.RunAsync(program, arguments, TestContext.Current.CancellationToken, start =>
        {
            start.WorkingDirectory = Folder;
            foreach ((string name, string value) in Settings())
            {
                start.Environment[name] = value;
            }
        });

    private IEnumerable<(string Name, string Value)> Settings() =>
    [
        ("npm_config_cache", Path.Combine(_artifacts, "npm-cache")),
        ("npm_config_update_notifier", "false"),
        ("npm_config_audit", "false"),
        ("npm_config_fund", "false"),
        ("NODE_DISABLE_COMPILE_CACHE", "1"),
        ("TMPDIR", Path.Combine(_artifacts, "tmp")),
    ];
}
