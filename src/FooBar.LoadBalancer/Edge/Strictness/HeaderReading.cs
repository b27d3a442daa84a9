using System.Text;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Reads the bytes of a header's value, and may make something else of them than they say: the one place where a value can be seen as it came,
/// before the server has made something of it. Thread-safe.
/// </summary>
internal abstract class HeaderReading : Encoding
{
    /// <summary>How many characters these bytes become.</summary>
    public override int GetCharCount(ReadOnlySpan<byte> bytes) => bytes.Length;

    /// <summary>Makes the characters.</summary>
    public abstract override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars);

    /// <inheritdoc />
    public sealed override int GetCharCount(byte[] bytes, int index, int count) => GetCharCount(bytes.AsSpan(index, count));

    /// <inheritdoc />
    public sealed override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    /// <inheritdoc />
    public sealed override int GetMaxCharCount(int byteCount) => Math.Max(byteCount, 32);

    /// <inheritdoc />
    public sealed override int GetByteCount(char[] chars, int index, int count) => throw new NotSupportedException("It only reads.");

    /// <inheritdoc />
    public sealed override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        throw new NotSupportedException("It only reads.");

    /// <inheritdoc />
    public sealed override int GetMaxByteCount(int charCount) => charCount;
}
