using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Artifacts;

/// <summary>
/// The MySQL server with the libraries that it was built for, as far as a host needs it: server, plugins, messages, the three programs that
/// administer it and back it up. Left out is what stays unused on a server and is a third of the whole: other programs, authentication
/// plugins of clients, conversions of character sets for other programs.
/// </summary>
internal sealed partial class MySqlBundle(MySqlInstallation mysql)
{
    /// <summary>MySQL's version and a hash of what is packed: a library's security update makes another version too.</summary>
    public string Version()
    {
        // Names, lengths and the times that the packages gave them: reading a fifth of a gigabyte would take longer than all else of a second run.
        StringBuilder text = new();
        foreach (FileInfo file in Files().OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(mysql.Home, file.FullName)}\t{file.LinkTarget}\t");
            if (file.LinkTarget is null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{file.Length}\t{new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeSeconds()}");
            }

            text.Append('\n');
        }

        return $"{mysql.Version}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8]}";
    }

    /// <summary>What of the unpacked packages is packed.</summary>
    public IEnumerable<FileInfo> Files() =>
        new DirectoryInfo(Path.Combine(mysql.Home, "usr"))
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => IsNeeded(Path.GetRelativePath(mysql.Home, file.FullName)));

    /// <summary>Whether a host needs the file, by its path below the installation.</summary>
    public static bool IsNeeded(string path) => Needed().IsMatch(path) && !Unneeded().IsMatch(path);

    [GeneratedRegex("^usr/(sbin/mysqld$|bin/(mysql|mysqladmin|mysqlbinlog)$|lib/|share/mysql/(charsets|english)/)")]
    private static partial Regex Needed();

    [GeneratedRegex("^usr/lib/x86_64-linux-gnu/gconv/|/mysql/plugin/(.*_client|component_telemetry|libpluginmecab|mypluglib|authentication_webauthn)[.]so$")]
    private static partial Regex Unneeded();
}
