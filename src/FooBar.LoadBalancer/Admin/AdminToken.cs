using System.Security.Cryptography;
using System.Text;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Admin;

/// <summary>The token that callers of the admin API show. Only its hash is kept. Thread-safe.</summary>
internal sealed class AdminToken : IReloadable
{
    private const int Shortest = 43;
    private const int ShortestHexadecimal = 64;
    private const int Longest = 512;
    private const int FewestCharacters = 10;

    /// <summary>
    /// What must not be possible with the file. Its group may read it: systemd gives a credential to its service by an access list, which shows as that.
    /// </summary>
    private const UnixFileMode Others =
        UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private volatile byte[]? _hash;

    private AdminToken(byte[]? hash) => _hash = hash;

    /// <summary>Whether there is one. Without, nobody is let in.</summary>
    public bool IsSet => _hash is not null;

    /// <summary>What tells it from another in a log, and from which nobody learns it; null when there is none.</summary>
    public string? Fingerprint => _hash is { } hash ? FingerprintOf(hash) : null;

    /// <summary>Reads <see cref="AdminApiOptions.TokenPath"/>.</summary>
    /// <exception cref="GatewayConfigurationException">The file cannot be used.</exception>
    public static AdminToken Load(GatewayOptions options)
    {
        if (options.Admin.TokenPath is not { } path)
            return new AdminToken(null);
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) is var others && others != UnixFileMode.None)
                throw Error(path, $"it may be used by others ({others}); chmod 600 it, and make a new one if others could read it");
            string token = Read(path).TrimEnd('\n', '\r');
            return Weakness(token) is { } weakness ? throw Error(path, weakness) : new AdminToken(Hash(token));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Error(path, "there is no such file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Error(path, exception.Message, exception);
        }
    }

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next)
    {
        AdminToken loaded = Load(next.Options);
        return () => _hash = loaded._hash;
    }

    /// <summary>Whether it is this one. Takes the same time for every wrong one of a length: the hashes are compared, and those to the end.</summary>
    public bool Matches(string presented) => _hash is { } hash && CryptographicOperations.FixedTimeEquals(Hash(presented), hash);

    /// <summary>
    /// What tells a token that was shown from another in a log: the beginning of its hash, if it could be one of ours. Anything else may be a
    /// password that was given by mistake, and whose hash would tell it.
    /// </summary>
    public static string? FingerprintOf(string presented) => Weakness(presented) is null ? FingerprintOf(Hash(presented)) : null;

    /// <summary>Why a token cannot hold 32 random bytes; null when it can.</summary>
    internal static string? Weakness(string token)
    {
        int shortest = token.All(char.IsAsciiHexDigit) ? ShortestHexadecimal : Shortest;
        if (token.Length < shortest || token.Length > Longest)
            return $"it holds {token.Length} characters and must hold {shortest} to {Longest}; openssl rand -hex 32 makes a good one";
        if (!token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '='))
            return "it holds characters that a token cannot have; openssl rand -hex 32 makes a good one";
        return token.Distinct().Count() < FewestCharacters ? "it is no random one; openssl rand -hex 32 makes a good one" : null;
    }

    private static string Read(string path)
    {
        using StreamReader reader = new(path, Encoding.ASCII);
        char[] buffer = new char[Longest + 2];
        return new string(buffer, 0, reader.ReadBlock(buffer));
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string FingerprintOf(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 4));

    private static GatewayConfigurationException Error(string path, string reason, Exception? cause = null) =>
        new([$"{GatewayOptions.Section}:Admin:TokenPath is \"{path}\", which cannot be used: {reason.TrimEnd('.')}."], cause);
}
