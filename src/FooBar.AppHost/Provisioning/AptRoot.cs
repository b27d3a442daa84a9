using System.Globalization;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Provisioning;

/// <summary>A package of an archive.</summary>
/// <param name="Uri">Where it lies there.</param>
/// <param name="File">Where it lies once it is downloaded.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record AptPackage(string Uri, string File, long Length);

/// <summary>
/// A private apt: its own lists, cache and (empty) package status in a folder of ours, so that an ordinary user downloads packages and all
/// they depend on without touching the system. Signatures and hashes are verified by apt as always. Nothing is installed: packages are
/// unpacked by <c>dpkg -x</c>, no maintainer script runs. Dispose removes the folder.
/// </summary>
internal sealed class AptRoot : IDisposable
{
    private readonly string _folder;
    private readonly AptPurpose _purpose;
    private readonly Dictionary<string, string> _environment;

    private AptRoot(string folder, AptPurpose purpose)
    {
        _folder = folder;
        _purpose = purpose;
        _environment = new() { ["APT_CONFIG"] = Path.Combine(folder, "apt.conf"), ["LC_ALL"] = "C", ["TMPDIR"] = folder };
    }

    private string Archives => Path.Combine(_folder, "cache", "archives");

    /// <summary>Makes the root and reads the lists of the given suites.</summary>
    /// <param name="folder">The root's folder; made anew.</param>
    /// <param name="sources">The suites to choose from.</param>
    /// <param name="assumed">Packages that count as installed, so that neither they nor what only they need is downloaded.</param>
    /// <param name="purpose">What is to be downloaded, for the words of a failure.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<AptRoot> OpenAsync(string folder, IReadOnlyList<AptSource> sources, IReadOnlyList<string> assumed, AptPurpose purpose, StepProgress progress, CancellationToken cancellationToken)
    {
        AptRoot root = new(folder, purpose);
        if (Directory.Exists(folder))
        {
            // What an earlier start left: nothing of it is trusted, whatever it looks like.
            Directory.Delete(folder, recursive: true);
        }

        foreach (string part in (string[])["state/lists/partial", "cache/archives/partial", "etc/empty"])
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "state/status"), string.Concat(assumed.Select(Installed)), cancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(folder, "etc/sources.list"), sources.Select(source => $"deb [signed-by={Keyring()}] {source.Uri} {source.Suite} main"), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "apt.conf"), await ConfigurationAsync(folder, cancellationToken), cancellationToken);

        try
        {
            await root.UpdateAsync(progress, cancellationToken);
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    private async Task UpdateAsync(StepProgress progress, CancellationToken cancellationToken)
    {
        // A mirror that cannot be reached is told after seconds; a try more is for the name server that was just busy.
        string[] command = ["update", "-o", "Acquire::Retries=1"];
        progress.Working("reading package lists");
        ToolResult update = await AptGetAsync(command, cancellationToken);
        if (update.ExitCode != 0 && update.Error.Contains("is expired", StringComparison.Ordinal))
        {
            // A frozen mirror: the lists are old but still signed. Old packages beat none, and the user is told.
            progress.Working("the mirror's lists are past their date; signatures are still verified");
            update = await AptGetAsync([.. command, "-o", "Acquire::Check-Valid-Until=false"], cancellationToken);
        }

        if (update.ExitCode != 0)
        {
            throw AptFailure.Of(_folder, update, _purpose);
        }
    }

    /// <summary>The verified list of what a suite holds, with the archive's signature in it: the InRelease file as it was served.</summary>
    public string InRelease(AptSource source) =>
        Directory.GetFiles(Path.Combine(_folder, "state", "lists"), $"*_dists_{source.Suite.Replace('/', '_')}_InRelease").Single();

    /// <summary>Which packages would be downloaded: those given with everything they depend on.</summary>
    public async Task<IReadOnlyList<AptPackage>> PlanAsync(IReadOnlyList<string> packages, CancellationToken cancellationToken)
    {
        ToolResult plan = await AptGetAsync(["install", "-y", "--print-uris", .. packages], cancellationToken);
        if (plan.ExitCode != 0)
        {
            throw AptFailure.Of(_folder, plan, _purpose);
        }

        // 'URI' FILE SIZE HASH
        return
        [
            .. plan.Output.Split('\n').Where(line => line.StartsWith('\'')).Select(line => line.Split(' '))
                .Select(fields => new AptPackage(fields[0].Trim('\''), Path.Combine(Archives, fields[1]), long.Parse(fields[2], CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>Downloads one file of the archive and verifies it against the hash that the archive signed.</summary>
    public async Task FetchAsync(string uri, string target, string sha256, CancellationToken cancellationToken)
    {
        // apt's own way to the mirror, with the machine's proxies and the rest.
        ToolResult fetch = await Tool.RunAsync("/usr/lib/apt/apt-helper", ["download-file", uri, target, $"SHA256:{sha256}"], cancellationToken, environment: _environment);
        if (fetch.ExitCode != 0)
        {
            throw AptFailure.Of(_folder, fetch, _purpose);
        }
    }

    /// <summary>Downloads packages with everything they depend on, reporting bytes; returns the .deb files.</summary>
    public async Task<IReadOnlyList<string>> DownloadAsync(IReadOnlyList<string> packages, StepProgress progress, CancellationToken cancellationToken)
    {
        long total = (await PlanAsync(packages, cancellationToken)).Sum(package => package.Length);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = WatchAsync(total, progress, done.Token);
        ToolResult download = await AptGetAsync(["install", "-y", "--download-only", .. packages], cancellationToken);
        await done.CancelAsync();
        await watching;
        if (download.ExitCode != 0)
        {
            throw AptFailure.Of(_folder, download, _purpose);
        }

        return Directory.GetFiles(Archives, "*.deb");
    }

    /// <summary>Downloads one package alone, for a program that needs nothing beyond the C library; returns the .deb file.</summary>
    public async Task<IReadOnlyList<string>> DownloadOneAsync(string package, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.At(0.1, $"downloading {package}");
        ToolResult download = await Tool.RunAsync("apt-get", ["download", package], cancellationToken, workingDirectory: Archives, environment: _environment);
        return download.ExitCode == 0
            ? Directory.GetFiles(Archives, "*.deb")
            : throw AptFailure.Of(_folder, download, _purpose);
    }

    /// <summary>Unpacks packages into one folder, two at a time.</summary>
    public static async Task UnpackAsync(IReadOnlyList<string> packages, string target, StepProgress progress, CancellationToken cancellationToken)
    {
        int unpacked = 0;
        Directory.CreateDirectory(target);
        await Parallel.ForEachAsync(packages, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken }, async (package, token) =>
        {
            ToolResult result = await Tool.RunAsync("dpkg", ["-x", package, target], token);
            if (result.ExitCode != 0)
            {
                throw DiskSpace.Explain(Path.GetDirectoryName(target)!, new FoobarException($"{Path.GetFileName(package)} could not be unpacked: {result.Reason} Nothing of it was kept; run it again."));
            }

            int count = Interlocked.Increment(ref unpacked);
            progress.At(0.6 + (0.4 * count / packages.Count), $"unpacking {count} of {packages.Count} packages");
        });
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A download that was ended may write its last file meanwhile; what is left is removed by the next start.
        }
    }

    private static string Installed(string package) => $"""
        Package: {package}
        Status: install ok installed
        Version: 9999:1
        Architecture: amd64
        Multi-Arch: foreign
        Maintainer: none
        Description: assumed


        """;

    private static string Keyring() =>
        ((string[])["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/ubuntu-archive-keyring.gpg"]).FirstOrDefault(File.Exists)
        ?? throw new FoobarException("The archive's signing keys are missing: install debian-archive-keyring.");

    /// <summary>Everything private but how to reach the network: proxies and the like are the machine's.</summary>
    private static async Task<string> ConfigurationAsync(string folder, CancellationToken cancellationToken)
    {
        ToolResult machine = await Tool.RunAsync("apt-config", ["dump", "Acquire"], cancellationToken);
        IEnumerable<string> transport = machine.Output.Split('\n').Where(line => line.StartsWith("Acquire::http", StringComparison.Ordinal) && line.EndsWith(';'));
        return $"""
            Dir::State "{folder}/state";
            Dir::State::status "{folder}/state/status";
            Dir::Cache "{folder}/cache";
            Dir::Etc::sourcelist "{folder}/etc/sources.list";
            Dir::Etc::sourceparts "{folder}/etc/empty";
            Dir::Etc::main "{folder}/etc/none";
            Dir::Etc::parts "{folder}/etc/empty";
            Dir::Etc::preferences "{folder}/etc/none";
            Dir::Etc::preferencesparts "{folder}/etc/empty";
            Dir::Log "{folder}";
            APT::Architecture "amd64";
            APT::Architectures "amd64";
            APT::Install-Recommends "false";
            APT::Sandbox::User "root";
            APT::Update::Error-Mode "any";
            Acquire::Languages "none";
            Acquire::Retries "3";
            Debug::NoLocking "true";
            {string.Join('\n', transport)}
            Acquire::http::Timeout "15";
            Acquire::https::Timeout "15";

            """;
    }

    private async Task WatchAsync(long total, StepProgress progress, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                long here = new DirectoryInfo(Archives).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
                progress.At(0.6 * here / Math.Max(total, 1), $"downloading {here / 1_000_000} of {total / 1_000_000} MB");
            }
        }
        catch (OperationCanceledException)
        {
            // The download is over.
        }
        catch (IOException)
        {
            // apt renames a file while we count: a count less is no loss.
        }
    }

    private Task<ToolResult> AptGetAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Tool.RunAsync("apt-get", arguments, cancellationToken, environment: _environment);
}
