using System.Security.Cryptography;

namespace FooBar.AppHost.State;

/// <summary>Generated passwords, a file each, readable by the owner alone. A password never leaves its file but over a pipe or TLS.</summary>
internal sealed class Secrets(StateFolder state)
{
    private readonly Lock _lock = new();

    public string PathOf(string account) => Path.Combine(state.Secrets, account + ".password");

    /// <summary>The account's password; made at the first call. 128 bits as 32 hexadecimal digits: nothing to quote anywhere, and the longest that a
    /// group-replication recovery account may have.</summary>
    public string Password(string account)
    {
        // The steps of a start ask side by side, and must be told the same.
        lock (_lock)
        {
            return PasswordLocked(PathOf(account));
        }
    }

    /// <summary>Must be called with the lock held.</summary>
    private static string PasswordLocked(string path)
    {
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, RandomNumberGenerator.GetHexString(32, lowercase: true));
        }

        return File.ReadAllText(path);
    }
}
