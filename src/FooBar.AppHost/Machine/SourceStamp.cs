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

    /// <summary>Names, sizes and times of all source files: reading them whole would take longer than an incremental build.</summary>
    private string Compute()
    {
        StringBuilder text = new();
        IEnumerable<FileInfo> files = folders.SelectMany(folder => new DirectoryInfo(Path.Combine(Checkout.Root, folder)).EnumerateFiles("*", SearchOption.AllDirectories))
            .Concat(new DirectoryInfo(Checkout.Root).EnumerateFiles("*.props"))
            .Append(new FileInfo(Path.Combine(Checkout.Root, "global.json")))
            .Append(new FileInfo(Path.Combine(Checkout.Root, "BannedSymbols.txt")))
            .OrderBy(file => file.FullName, StringComparer.Ordinal);
        foreach (FileInfo file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName}\t{file.Length}\t{file.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
