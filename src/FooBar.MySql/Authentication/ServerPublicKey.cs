using System.Security.Cryptography;
using System.Text;

namespace FooBar.MySql.Authentication;

/// <summary>
/// The server's RSA key, with which a password is encrypted that goes to the server without TLS (MySQL Internals, "Caching SHA-2 pluggable
/// authentication"). It keeps a listener out, and whoever sits in between only where the key came another way than the connection.
/// </summary>
internal static class ServerPublicKey
{
    /// <summary>The size that the server generates; a smaller one is a sign of somebody who wants to read the password.</summary>
    private const int LeastBits = 2_048;

    /// <summary>What OAEP with SHA-1 takes of each block for itself, in bytes (RFC 8017, 7.1.1).</summary>
    private const int PaddingSize = 42;

    /// <exception cref="CryptographicException">The text holds no RSA key, or one that must not be used, or the password is too long for it.</exception>
    public static byte[] Encrypt(string pem, string password, ReadOnlySpan<byte> nonce)
    {
        using RSA key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            throw new CryptographicException("it is no RSA public key in PEM form", failure);
        }

        if (key.KeySize < LeastBits) throw new CryptographicException($"it has {key.KeySize} bits, and less than {LeastBits} protect nothing");

        byte[] clear = new byte[Encoding.UTF8.GetByteCount(password) + 1];
        int room = (key.KeySize / 8) - PaddingSize;
        if (clear.Length > room) throw new CryptographicException($"the password has {clear.Length - 1} bytes, and it takes {room - 1}");

        Encoding.UTF8.GetBytes(password, clear);

        // The server takes the nonce out again: what was recorded on the way is of no use with another.
        for (int index = 0; index < clear.Length; index++) clear[index] ^= nonce[index % nonce.Length];
        return key.Encrypt(clear, RSAEncryptionPadding.OaepSHA1);
    }
}
