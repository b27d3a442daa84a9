using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Artifacts;

/// <summary>
/// The version of what is deployed: a hash of all that it is built from, whatever of it is committed. The same sources have the same version
/// in every checkout; with one byte changed, or with another release of .NET, they have another.
/// </summary>
internal static class SourceVersion
{
    private const int Digits = 12;

    /// <summary>Hashes the sources below a checkout: 12 hexadecimal digits, ready in some 50 ms.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="folders">The folders of the projects in it.</param>
    /// <param name="runtime">The release of .NET that goes with them into each program.</param>
    public static string Of(string root, IReadOnlyList<string> folders, string runtime)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(runtime + "\n"));
        IEnumerable<FileInfo> files = SourceStamp.FilesOf(root, folders).Concat(new DirectoryInfo(Path.Combine(root, "src")).EnumerateFiles("*.proj"));
        foreach (FileInfo file in files)
        {
            byte[] content = File.ReadAllBytes(file.FullName);

            // With its length, so that no text moved from one file to the next goes unnoticed.
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(root, file.FullName)}\t{content.Length}\n")));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
    }
}
