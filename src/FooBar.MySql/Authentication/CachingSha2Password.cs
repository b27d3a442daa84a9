using System.Security.Cryptography;
using System.Text;

namespace FooBar.MySql.Authentication;

/// <summary>
/// caching_sha2_password, MySQL's default since 8.0 and, with mysql_native_password removed, the one to expect
/// (MySQL Internals, "Caching SHA-2 pluggable authentication").
/// </summary>
internal static class CachingSha2Password
{
    public const string PluginName = "caching_sha2_password";

    /// <summary>The server has the account's hash in its cache and was satisfied with the proof.</summary>
    public const byte FastAuthenticationSucceeded = 0x03;

    /// <summary>The server wants the password itself, over a channel that protects it.</summary>
    public const byte FullAuthenticationWanted = 0x04;

    /// <summary>The client wants the server's RSA key, to encrypt the password with.</summary>
    public const byte PublicKeyWanted = 0x02;

    public const int NonceLength = 20;

    /// <summary>SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce): proves the password to whoever knows its double hash.</summary>
    public static byte[] Prove(string password, ReadOnlySpan<byte> nonce)
    {
        if (password.Length == 0) return [];

        Span<byte> once = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> seed = stackalloc byte[SHA256.HashSizeInBytes + NonceLength];
        SHA256.HashData(Encoding.UTF8.GetBytes(password), once);
        SHA256.HashData(once, seed);
        nonce.CopyTo(seed[SHA256.HashSizeInBytes..]);

        byte[] proof = SHA256.HashData(seed);
        for (int index = 0; index < proof.Length; index++) proof[index] ^= once[index];
        return proof;
    }
}
