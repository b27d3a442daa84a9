using System.Text.Json;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Artifacts;

/// <summary>One packed archive.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Sha256">Its hash, in lower-case hexadecimal.</param>
internal sealed record Artifact(string Path, string Sha256);

/// <summary>
/// Where archives are kept, each version in a folder of its own that appears whole or not at all: it is written beside and renamed. The
/// newest three of a kind stay, for those who go back.
/// </summary>
internal sealed class ArtifactFolder(string path)
{
    private const string Partial = ".partial";
    private const string Hashes = "hashes.json";
    private const int Kept = 3;

    /// <summary>The folder of a version.</summary>
    public string Of(string version) => Path.Combine(path, version);

    /// <summary>Waits until no other process writes here; dispose to let the next one.</summary>
    public Task<IDisposable> LockAsync(Action onWait, CancellationToken cancellationToken) =>
        FileLock.TakeAsync(Path.Combine(path, "lock"), onWait, cancellationToken);

    /// <summary>The archives of a version by name; null when it is not there, or not as it was written.</summary>
    public IReadOnlyDictionary<string, Artifact>? Find(string version)
    {
        string hashes = Path.Combine(Of(version), Hashes);
        if (!File.Exists(hashes))
        {
            return null;
        }

        Dictionary<string, Packed> packed = JsonSerializer.Deserialize<Dictionary<string, Packed>>(File.ReadAllText(hashes))!;
        return packed.All(archive => new FileInfo(PathOf(version, archive.Key)) is { Exists: true } file && file.Length == archive.Value.Length)
            ? packed.ToDictionary(archive => archive.Key, archive => new Artifact(PathOf(version, archive.Key), archive.Value.Sha256))
            : null;
    }

    /// <summary>Writes a version, in place of a damaged one of this name. Needs the lock.</summary>
    /// <param name="version">Its name.</param>
    /// <param name="archives">By name: the folder that an archive's names are relative to, and what goes into it.</param>
    /// <param name="cancellationToken">Ends it; nothing is left then.</param>
    public async Task<IReadOnlyDictionary<string, Artifact>> WriteAsync(
        string version, IReadOnlyDictionary<string, (string Root, IEnumerable<FileInfo> Files)> archives, CancellationToken cancellationToken)
    {
        string partial = Of(version) + Partial;
        DeleteIfThere(partial);
        Directory.CreateDirectory(partial);
        try
        {
            Dictionary<string, Packed> packed = [];
            await Parallel.ForEachAsync(archives, cancellationToken, async (archive, token) =>
            {
                string file = Path.Combine(partial, archive.Key + ".tar.gz");
                string hash = await Archive.WriteAsync(file, archive.Value.Root, archive.Value.Files, token);
                lock (packed)
                {
                    packed[archive.Key] = new Packed(new FileInfo(file).Length, hash);
                }
            });
            await File.WriteAllTextAsync(Path.Combine(partial, Hashes), JsonSerializer.Serialize(packed), cancellationToken);
        }
        catch
        {
            ToolFolder.TryDelete(partial);
            throw;
        }

        DeleteIfThere(Of(version));
        Directory.Move(partial, Of(version));
        return Find(version)!;
    }

    /// <summary>Removes what interrupted runs left, and all but the newest versions whose names begin so. Needs the lock.</summary>
    public void Tidy(Func<string, bool> isOfKind)
    {
        DirectoryInfo[] versions = [.. new DirectoryInfo(path).EnumerateDirectories().Where(folder => isOfKind(folder.Name))];
        IEnumerable<DirectoryInfo> half = versions.Where(folder => folder.Name.EndsWith(Partial, StringComparison.Ordinal));
        IEnumerable<DirectoryInfo> old = versions
            .Where(folder => File.Exists(Path.Combine(folder.FullName, Hashes)) && !folder.Name.EndsWith(Partial, StringComparison.Ordinal))
            .OrderByDescending(folder => folder.LastWriteTimeUtc)
            .Skip(Kept);
        foreach (DirectoryInfo folder in half.Concat(old))
        {
            folder.Delete(recursive: true);
        }
    }

    private string PathOf(string version, string name) => Path.Combine(Of(version), name + ".tar.gz");

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record Packed(long Length, string Sha256);
}
