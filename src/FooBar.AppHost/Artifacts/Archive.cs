using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace FooBar.AppHost.Artifacts;

/// <summary>
/// Writes a tar.gz that depends on nothing but names and contents: sorted, owned by root, of one fixed time. Executable is what its owner may
/// execute; everyone may read. gzip, because every host unpacks it; its fastest level, because stronger ones take four times as long for a
/// twelfth of the size.
/// </summary>
internal static class Archive
{
    // tar warns about times before this century.
    private static readonly DateTimeOffset Time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Packs files and links; returns the archive's SHA-256 in lower-case hexadecimal.</summary>
    /// <param name="path">The archive; overwritten.</param>
    /// <param name="root">The folder that the names within are relative to.</param>
    /// <param name="files">Files and links below it; their folders are unpacked with them.</param>
    /// <param name="cancellationToken">Ends it; what was written by then is for the caller to remove.</param>
    public static async Task<string> WriteAsync(string path, string root, IEnumerable<FileInfo> files, CancellationToken cancellationToken)
    {
        using SHA256 hash = SHA256.Create();
        await using (FileStream file = File.Create(path))
        await using (CryptoStream hashed = new(file, hash, CryptoStreamMode.Write))
        await using (GZipStream packed = new(hashed, CompressionLevel.Fastest))
        await using (TarWriter tar = new(packed, TarEntryFormat.Ustar))
        {
            foreach ((string name, FileInfo source) in files.Select(source => (Path.GetRelativePath(root, source.FullName), source)).OrderBy(entry => entry.Item1, StringComparer.Ordinal))
            {
                await WriteEntryAsync(tar, name, source, cancellationToken);
            }
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static async Task WriteEntryAsync(TarWriter tar, string name, FileInfo source, CancellationToken cancellationToken)
    {
        if (source.LinkTarget is { } target)
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, ModificationTime = Time }, cancellationToken);
            return;
        }

        await using FileStream content = source.OpenRead();
        UstarTarEntry entry = new(TarEntryType.RegularFile, name)
        {
            Mode = source.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Executable : Readable,
            ModificationTime = Time,
            DataStream = content,
        };
        await tar.WriteEntryAsync(entry, cancellationToken);
    }
}
