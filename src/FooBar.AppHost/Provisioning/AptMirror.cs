using System.Text.RegularExpressions;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Provisioning;

/// <summary>One suite of a package archive.</summary>
internal sealed record AptSource(string Uri, string Suite);

/// <summary>
/// Where this machine takes its packages from, read from its own configuration: no archive's address is written in this repository.
/// </summary>
internal sealed partial class AptMirror(IReadOnlyList<AptSource> sources, string distribution, string release)
{
    /// <summary>The distribution's id, such as <c>debian</c> or <c>ubuntu</c>: os-release(5), ID.</summary>
    public string Distribution { get; } = distribution;

    /// <summary>
    /// The machine's own release. Vendors name the suites of their archives after it too, and may come first; only the distribution's archive
    /// has updates beside it.
    /// </summary>
    public AptSource Release =>
        ((string[])[release, "stable", "oldstable", "testing", "unstable", "sid"])
            .SelectMany(suite => sources.Where(source => source.Suite == suite).OrderByDescending(HasUpdates))
            .FirstOrDefault()
        ?? throw new FoobarException($"apt on this machine names no archive with the suite '{release}': look at /etc/apt/sources.list and /etc/apt/sources.list.d.");

    /// <summary>The release and its security updates.</summary>
    public IReadOnlyList<AptSource> ReleaseAndSecurity => [Release, .. sources.Where(source => source.Suite.EndsWith("-security", StringComparison.Ordinal)).Take(1)];

    /// <summary>Another suite of the archive that serves the release.</summary>
    public AptSource Suite(string suite) => Release with { Suite = suite };

    /// <summary>
    /// A release of this distribution with its updates and its security updates, in this order, whatever the machine's own release is: the
    /// updates where this machine takes its own, the security updates too.
    /// </summary>
    public IReadOnlyList<AptSource> Suites(string codename)
    {
        AptSource main = Suite(codename);
        IEnumerable<AptSource> updates = HasUpdates(Release) ? [Suite(codename + "-updates")] : [];
        return [main, .. updates, .. ReleaseAndSecurity.Skip(1).Select(security => security with { Suite = codename + "-security" })];
    }

    /// <summary>Reads the machine's apt configuration; works as an ordinary user and before any <c>apt-get update</c>.</summary>
    public static async Task<AptMirror> OfThisMachineAsync(CancellationToken cancellationToken)
    {
        if (Tool.Find("apt-get") is null || Tool.Find("dpkg") is null)
        {
            throw new FoobarException("apt-get and dpkg are missing: foobar provisions itself on Debian and Ubuntu only. Elsewhere install MySQL 8.4 or newer and Prometheus, and put both on PATH.");
        }

        ToolResult result = await Tool.RunAsync("apt-get", ["update", "--print-uris"], cancellationToken);
        return Read(result, await File.ReadAllLinesAsync("/etc/os-release", cancellationToken));
    }

    /// <summary>Reads what <c>apt-get update --print-uris</c> printed, and the lines of os-release(5).</summary>
    /// <exception cref="FoobarException">apt printed no archive.</exception>
    public static AptMirror Read(ToolResult printed, IEnumerable<string> osRelease)
    {
        List<AptSource> sources = [.. InRelease().Matches(printed.Output).Select(match => new AptSource(match.Groups["uri"].Value, match.Groups["suite"].Value))];
        if (sources.Count == 0)
        {
            throw new FoobarException($"apt on this machine names no archive to download from ({printed.Reason}): look at /etc/apt/sources.list and /etc/apt/sources.list.d.");
        }

        Dictionary<string, string> os = [];
        foreach (string[] pair in osRelease.Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2))
        {
            os[pair[0]] = pair[1].Trim('"', '\'');
        }

        return new AptMirror(sources, os.GetValueOrDefault("ID", "debian"), os.GetValueOrDefault("VERSION_CODENAME", "stable"));
    }

    private bool HasUpdates(AptSource source) => sources.Contains(source with { Suite = source.Suite + "-updates" });

    [GeneratedRegex("^'(?<uri>[^']+?)/dists/(?<suite>[^']+?)/InRelease'", RegexOptions.Multiline)]
    private static partial Regex InRelease();
}
