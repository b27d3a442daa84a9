using System.Security.Cryptography;
using System.Text;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Machine;

/// <summary>The source tree that this command was built from.</summary>
internal static class Checkout
{
    /// <summary>Its root: the folder of FooBar.sln above this program.</summary>
    public static string Root { get; } = FindRoot();

    public static string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>
    /// Where the state goes unless told otherwise: <c>.foobar</c> in the checkout. Root's databases run as an unprivileged user, who cannot
    /// pass through a closed folder such as /root: then a folder below /var/lib, one for each checkout.
    /// </summary>
    public static string DefaultState()
    {
        if (UnprivilegedUser.ForDatabase is null || IsOpenToAll(Root))
        {
            return Path.Combine(Root, ".foobar");
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..8];
        return $"/var/lib/foobar-{hash}";
    }

    /// <summary>Whether any user may pass through the folder and all above it.</summary>
    public static bool IsOpenToAll(string folder)
    {
        for (string? current = folder; current is not null; current = Path.GetDirectoryName(current))
        {
            if (Directory.Exists(current) && !File.GetUnixFileMode(current).HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "FooBar.sln")))
            {
                return folder;
            }
        }

        throw new FoobarException("The checkout was not found: foobar must lie below the folder of FooBar.sln.");
    }
}
