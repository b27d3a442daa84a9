using System.Globalization;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// What an unpacked tool consists of: each file with its length, each link with its target, in the file <c>manifest</c> of its folder. A
/// server that says its version may still lack a plugin that it needs an hour later; a power cut or a careless hand leaves such folders.
/// Lengths and not hashes: reading a quarter of a gigabyte would cost every start more than it saves.
/// </summary>
internal static class ToolManifest
{
    private const string Name = "manifest";

    /// <summary>Notes what the folder holds.</summary>
    public static void Write(string folder) => File.WriteAllLines(Path.Combine(folder, Name), Entries(folder).Order(StringComparer.Ordinal));

    /// <summary>
    /// The first file that is missing or of another length; null when all are as they were written, or when the folder has no manifest because
    /// its programs were only linked to.
    /// </summary>
    public static string? Damage(string folder)
    {
        string manifest = Path.Combine(folder, Name);
        if (!File.Exists(manifest))
        {
            return null;
        }

        HashSet<string> here = [.. Entries(folder)];
        return File.ReadLines(manifest).FirstOrDefault(entry => !here.Contains(entry)) is { } missing ? missing[(missing.IndexOf('\t') + 1)..].Split('\t')[0] : null;
    }

    private static IEnumerable<string> Entries(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => file.FullName != Path.Combine(folder, Name))
            .Select(file => file.LinkTarget is { } target
                ? $"link\t{Path.GetRelativePath(folder, file.FullName)}\t{target}"
                : string.Create(CultureInfo.InvariantCulture, $"{file.Length}\t{Path.GetRelativePath(folder, file.FullName)}"));
}
