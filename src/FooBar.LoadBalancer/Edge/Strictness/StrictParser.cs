using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>Where Kestrel's parser can be made to accept less than by default.</summary>
internal static class StrictParser
{
    /// <summary>A line ends with CR and LF: a bare LF, which RFC 9112, 2.2 lets a server take for it, is where parsers begin to differ.</summary>
    private const string NoBareLineFeed = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private static readonly Encoding Digits = new DigitsReading();

    /// <summary>Sets it up. Before the server is made, which reads the switch once.</summary>
    public static void Use(KestrelServerOptions kestrel)
    {
        AppContext.SetSwitch(NoBareLineFeed, isEnabled: true);
        kestrel.RequestHeaderEncodingSelector = Reader;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }

    /// <summary>
    /// Latin-1 maps every byte to one character and back, so that header bytes pass as they came. The backend clients do the same. The two headers
    /// are those of which the server does not show what came.
    /// </summary>
    private static Encoding Reader(string name) => name switch
    {
        "Content-Length" => Digits,
        "Connection" => ConnectionOptions.Reading,
        _ => Encoding.Latin1,
    };

    /// <summary>
    /// RFC 9110, 8.6: a length is digits. The server reads it as a number, and so takes <c>+5</c>, <c>-0</c> and control characters around it; with
    /// this it meets a character that is none of a number's.
    /// </summary>
    private sealed class DigitsReading : HeaderReading
    {
        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            // What is longer than there is room for is longer than any length.
            int count = Math.Min(bytes.Length, chars.Length);
            for (int i = 0; i < count; i++)
                chars[i] = char.IsAsciiDigit((char)bytes[i]) ? (char)bytes[i] : '?';
            return count;
        }
    }
}
