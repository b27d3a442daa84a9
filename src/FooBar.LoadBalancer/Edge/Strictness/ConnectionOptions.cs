using System.Text;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// The Connection header (RFC 9110, 7.6.1) names headers that end at the next hop. Here it may name only those that end here anyway: by any other
/// a client wants the backend to miss something that the gateway saw, or to believe something else.
/// </summary>
internal static class ConnectionOptions
{
    /// <summary>What stands for a value that names what it must not. The server leaves a list with two options that it knows as it is.</summary>
    private const string Refused = "?, close, keep-alive";

    /// <summary>
    /// Reads its value. The server looks for <c>close</c>, <c>keep-alive</c> and <c>upgrade</c> in it, and if it finds one of them, it puts that alone
    /// in place of the whole list; so the list is judged while it is read.
    /// </summary>
    public static Encoding Reading { get; } = new OptionsReading();

    /// <summary>Whether a value that was read so named what it must not.</summary>
    public static bool IsRefused(string? value) => value is Refused;

    /// <summary>Whether a value asks for another protocol.</summary>
    public static bool AsksForUpgrade(ReadOnlySpan<char> value)
    {
        foreach (Range range in value.Split(','))
        {
            if (value[range].Trim(" \t").Equals("upgrade", StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool IsAllowed(ReadOnlySpan<byte> value)
    {
        foreach (Range range in value.Split((byte)','))
        {
            ReadOnlySpan<byte> option = value[range].Trim(" \t"u8);
            if (!option.IsEmpty && (!HopByHop.Contains(option) || Ascii.EqualsIgnoreCase(option, "Transfer-Encoding"u8)))
                return false;
        }

        return true;
    }

    private sealed class OptionsReading : HeaderReading
    {
        public override int GetCharCount(ReadOnlySpan<byte> bytes) => IsAllowed(bytes) ? bytes.Length : Refused.Length;

        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            if (IsAllowed(bytes))
                return Latin1.GetChars(bytes, chars);
            Refused.CopyTo(chars);
            return Refused.Length;
        }
    }
}
