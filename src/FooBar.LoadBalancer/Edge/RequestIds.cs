using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FooBar.LoadBalancer.Edge;

/// <summary>Makes the requests' ids: UUIDs of version 7 (RFC 9562, 5.7), as 32 hexadecimal digits.</summary>
internal static class RequestIds
{
    private const int Length = 16;

    /// <summary>The system is asked for randomness once in so many ids: each question is a call of the kernel.</summary>
    private const int Stock = 256;

    [ThreadStatic]
    private static byte[]? _stock;

    [ThreadStatic]
    private static int _taken;

    /// <summary>A new one, ascending with <paramref name="now"/>, with 74 random bits. Thread-safe.</summary>
    public static string Next(DateTimeOffset now)
    {
        byte[] stock = _stock ??= new byte[Length * Stock];
        if (_taken == 0)
            RandomNumberGenerator.Fill(stock);
        Span<byte> id = stock.AsSpan(_taken * Length, Length);
        _taken = (_taken + 1) % Stock;

        byte third = id[6], fourth = id[8];
        BinaryPrimitives.WriteUInt64BigEndian(id, ((ulong)now.ToUnixTimeMilliseconds() << 16) | BinaryPrimitives.ReadUInt16BigEndian(id[6..]));
        id[6] = (byte)(0x70 | (third & 0x0F));
        id[8] = (byte)(0x80 | (fourth & 0x3F));
        return Convert.ToHexStringLower(id);
    }
}
