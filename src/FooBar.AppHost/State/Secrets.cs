using System.Security.Cryptography;

namespace FooBar.AppHost.State;

/// <summary>Generated passwords and the gateway's token, a file each, readable by the owner alone. A password never leaves its file but over a pipe or TLS.</summary>
internal sealed class Secrets(StateFolder state)
{
    private const int Digits = 32;
    private const int TokenDigits = 64;

    private readonly Lock _lock = new();

    public string PathOf(string account) => Path.Combine(state.Secrets, account + ".password");

    /// <summary>The account's password; made at the first call. 128 bits as 32 hexadecimal digits: nothing to quote anywhere, and the longest that a
    /// group-replication recovery account may have.</summary>
    /// <exception cref="FoobarException">Databases exist that know the password, and its file is missing or damaged.</exception>
    public string Password(string account)
    {
        // The steps of a start ask side by side, and must be told the same.
        lock (_lock)
        {
            return PasswordLocked(PathOf(account));
        }
    }

    /// <summary>Where the token of the gateway's admin API lies.</summary>
    public string GatewayTokenPath => Path.Combine(state.Secrets, "gateway-admin.token");

    /// <summary>
    /// Makes the token of the gateway's admin API where there is none, or none whole: 256 bits as 64 hexadecimal digits. Nobody but the gateway
    /// needs to have known it before.
    /// </summary>
    public void RequireGatewayToken()
    {
        string path = GatewayTokenPath;
        if (!File.Exists(path) || File.ReadAllText(path).Trim() is not { Length: TokenDigits } token || !token.All(char.IsAsciiHexDigitLower))
        {
            PrivateFile.Write(path, RandomNumberGenerator.GetHexString(TokenDigits, lowercase: true) + "\n");
        }
    }

    /// <summary>Must be called with the lock held.</summary>
    private string PasswordLocked(string path)
    {
        if (File.Exists(path) && File.ReadAllText(path) is { Length: Digits } password && password.All(char.IsAsciiHexDigitLower))
        {
            return password;
        }

        // A new password for databases that know the old one would lock everyone out, a minute later and with other words.
        if (state.HasDatabases)
        {
            throw new FoobarException(
                $"The password file {path} is {(File.Exists(path) ? "damaged" : "missing")}, and the databases know the password that was in it. Put it back from a copy; or begin anew with ./foobar down --purge, which removes the data too.");
        }

        string made = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        PrivateFile.Write(path, made);
        return made;
    }
}
