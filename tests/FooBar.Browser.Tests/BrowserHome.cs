using System.Diagnostics;

namespace FooBar.Browser.Tests;

/// <summary>
/// A home folder for one browser, with a trust store in it, so that nothing of the person who runs the tests is read or changed.
/// The browser must be closed before this is disposed of.
/// </summary>
internal sealed class BrowserHome : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-browser-");

    /// <summary>
    /// The browser's whole environment. Nothing is inherited but PATH: a proxy, a display or a desktop session of the caller's
    /// would change what the browser does.
    /// </summary>
    public Dictionary<string, string> Environment => new()
    {
        ["HOME"] = _folder.FullName,
        ["TMPDIR"] = _folder.FullName,
        ["XDG_CACHE_HOME"] = Path.Combine(_folder.FullName, ".cache"),
        ["XDG_CONFIG_HOME"] = Path.Combine(_folder.FullName, ".config"),
        ["XDG_DATA_HOME"] = Path.Combine(_folder.FullName, ".local/share"),
        ["LANG"] = "C.UTF-8",
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
    };

    /// <summary>Makes the authority in <paramref name="caFile"/> the only one of its own that this browser trusts.</summary>
    public async Task TrustAsync(string certutil, string caFile, CancellationToken cancellationToken)
    {
        string database = Path.Combine(_folder.FullName, ".pki/nssdb");
        Directory.CreateDirectory(database);
        await RunAsync(certutil, ["-N", "-d", $"sql:{database}", "--empty-password"], cancellationToken);
        await RunAsync(certutil, ["-A", "-d", $"sql:{database}", "-n", "site", "-t", "C,,", "-i", caFile], cancellationToken);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"'{program}' did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        string error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {error}{await output}");
    }
}
