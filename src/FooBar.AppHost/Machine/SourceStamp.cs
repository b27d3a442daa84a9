using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FooBar.AppHost.Machine;

/// <summary>Tells whether sources changed since they were last built, so that a second start builds nothing.</summary>
internal sealed class SourceStamp(string stampFile, IReadOnlyList<string> folders)
{
    private string? _seen;

    /// <summary>Whether the sources are those of the last <see cref="Save"/>.</summary>
    public bool IsCurrent()
    {
        _seen = Compute();
        return File.Exists(stampFile) && File.ReadAllText(stampFile) == _seen;
    }

    /// <summary>Notes that the sources were built as <see cref="IsCurrent"/> saw them: what changed since may not be in the build.</summary>
    public void Save() => File.WriteAllText(stampFile, _seen ?? Compute());

    /// <summary>All files of these folders below a checkout's root, and those beside them that every build reads; in an order of their own.</summary>
    public static IEnumerable<FileInfo> FilesOf(string root, IEnumerable<string> folders) =>
        folders.SelectMany(folder => new DirectoryInfo(Path.Combine(root, folder)).EnumerateFiles("*", SearchOption.AllDirectories))
            .Concat(new DirectoryInfo(root).EnumerateFiles("*.props"))
            .Append(new FileInfo(Path.Combine(root, "global.json")))
            .Append(new FileInfo(Path.Combine(root, "BannedSymbols.txt")))
            .OrderBy(file => file.FullName, StringComparer.Ordinal);

    /// <summary>Names, sizes and times of all source files: reading them whole would take longer than an incremental build.</summary>
    private string Compute()
    {
        StringBuilder text = new();
        foreach (FileInfo file in FilesOf(Checkout.Root, folders))
        {
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName}\t{file.Length}\t{file.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
