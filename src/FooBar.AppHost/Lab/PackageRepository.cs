using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Lab;

/// <summary>
/// A part of the distribution's archive, in the archive's own layout and under its own signatures: the lists of all packages, and the files of
/// those that the roles install with everything they depend on. Another package is refused by a host with "404 Not Found".
/// </summary>
internal static class PackageRepository
{
    private const string Index = "main/binary-amd64/Packages.xz";

    private static readonly AptPurpose Purpose = new("the lab's packages", "set FOOBAR_LAB_CACHE to a folder that another lab filled");

    public static string Inputs(IReadOnlyList<string> packages) => $"{HostImage.Release} {string.Join(' ', packages)}";

    /// <summary>Where this machine's apt finds the release that hosts run.</summary>
    public static async Task<AptMirror> MirrorAsync(CancellationToken cancellationToken)
    {
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
        return mirror.Distribution == "debian"
            ? mirror
            : throw new FoobarException($"the lab's hosts are Debian 12, and apt on this machine knows only an archive of {mirror.Distribution}. Run the lab on a Debian.");
    }

    /// <summary>What a host's apt reads: the release, its updates, its security updates, as MakeAsync lays them out.</summary>
    public static string SourcesList()
    {
        string server = $"http://{LabMachines.Repository.Address}";
        return $"""
            deb {server}/debian {HostImage.Release} main
            deb {server}/debian {HostImage.Release}-updates main
            deb {server}/debian-security {HostImage.Release}-security main

            """;
    }

    /// <summary>Fills an empty folder.</summary>
    public static async Task MakeAsync(string folder, IReadOnlyList<string> packages, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await MirrorAsync(cancellationToken);
        IReadOnlyList<AptSource> suites = mirror.Suites(HostImage.Release);
        if (suites.Count != 3)
        {
            throw new FoobarException("apt on this machine names no updates or no security updates beside its release; the lab's hosts need both: look at /etc/apt/sources.list and /etc/apt/sources.list.d.");
        }

        using AptRoot apt = await AptRoot.OpenAsync(folder + ".apt", suites, [], Purpose, progress, cancellationToken);
        foreach (AptSource suite in suites)
        {
            progress.Working($"copying the lists of {suite.Suite}");
            await CopyListsAsync(apt, suite, Path.Combine(folder, Name(suite), "dists", suite.Suite), cancellationToken);
        }

        IReadOnlyList<AptPackage> planned = await apt.PlanAsync(packages, cancellationToken);
        await apt.DownloadAsync(packages, progress, cancellationToken);
        foreach (AptPackage package in planned)
        {
            AptSource suite = suites.First(suite => package.Uri.StartsWith(suite.Uri + "/", StringComparison.Ordinal));
            string target = Path.Combine(folder, Name(suite), Uri.UnescapeDataString(package.Uri[(suite.Uri.Length + 1)..]));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(package.File, target);
        }
    }

    private static string Name(AptSource suite) => suite.Suite.EndsWith("-security", StringComparison.Ordinal) ? "debian-security" : "debian";

    private static async Task CopyListsAsync(AptRoot apt, AptSource suite, string target, CancellationToken cancellationToken)
    {
        string index = Path.Combine(target, Index);
        string byHash = Path.Combine(Path.GetDirectoryName(index)!, "by-hash", "SHA256");
        Directory.CreateDirectory(byHash);
        File.Copy(apt.InRelease(suite), Path.Combine(target, "InRelease"));
        string hash = Sha256(await File.ReadAllLinesAsync(apt.InRelease(suite), cancellationToken), Index);
        await apt.FetchAsync($"{suite.Uri}/dists/{suite.Suite}/{Index}", index, hash, cancellationToken);
        File.CreateSymbolicLink(Path.Combine(byHash, hash), Path.Combine("..", "..", Path.GetFileName(Index)));
    }

    /// <summary>The SHA-256 of a file in the archive: in the section "SHA256:" of its release file, lines of hash, length and name.</summary>
    public static string Sha256(IEnumerable<string> release, string name)
    {
        IEnumerable<string[]> section = release.SkipWhile(line => line != "SHA256:").Skip(1).TakeWhile(line => line.StartsWith(' ')).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return section.FirstOrDefault(fields => fields.Length == 3 && fields[2] == name)?[0]
            ?? throw new FoobarException($"the mirror's release file has no SHA-256 of {name}: the archive of this machine's apt is not one of Debian 12.");
    }
}
