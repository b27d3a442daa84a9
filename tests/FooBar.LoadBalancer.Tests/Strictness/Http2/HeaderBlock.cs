using System.Text;
using FooBar.LoadBalancer.Tests.Strictness.Wire;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>
/// As much of HPACK (RFC 7541) as is needed to say anything, and to understand a server that was told to keep no table: literals, and names and
/// fields of the static table.
/// </summary>
internal static class HeaderBlock
{
    private static readonly (string Name, string Value)[] Static =
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"),
        (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"),
        ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
        ("content-encoding", ""), ("content-language", ""), ("content-length", ""), ("content-location", ""), ("content-range", ""), ("content-type", ""),
        ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""),
        ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ];

    /// <summary>Writes fields, each a literal that no table keeps; a name that begins with an exclamation mark as an index of the static table.</summary>
    public static byte[] Write(IEnumerable<(string Name, string Value)> fields)
    {
        List<byte> block = [];
        foreach ((string name, string value) in fields)
        {
            if (name.StartsWith('!'))
            {
                WriteNumber(block, 0, 4, Array.FindIndex(Static, field => field.Name == name[1..]) + 1);
            }
            else
            {
                block.Add(0);
                WriteText(block, name);
            }

            WriteText(block, value);
        }

        return [.. block];
    }

    /// <summary>Reads fields.</summary>
    /// <exception cref="WireException">The block needs a table or Huffman's code.</exception>
    public static List<(string Name, string Value)> Read(byte[] block)
    {
        List<(string, string)> fields = [];
        int next = 0;
        while (next < block.Length)
        {
            byte first = block[next];
            if ((first & 0x80) != 0)
            {
                fields.Add(Static[ReadNumber(block, ref next, 7) - 1]);
            }
            else if ((first & 0xe0) == 0x20)
            {
                ReadNumber(block, ref next, 5);
            }
            else
            {
                int index = ReadNumber(block, ref next, (first & 0x40) != 0 ? 6 : 4);
                string name = index == 0 ? ReadText(block, ref next) : Static[index - 1].Name;
                fields.Add((name, ReadText(block, ref next)));
            }
        }

        return fields;
    }

    private static void WriteText(List<byte> block, string text)
    {
        WriteNumber(block, 0, 7, text.Length);
        block.AddRange(Encoding.Latin1.GetBytes(text));
    }

    private static void WriteNumber(List<byte> block, byte first, int bits, int number)
    {
        int most = (1 << bits) - 1;
        if (number < most)
        {
            block.Add((byte)(first | number));
            return;
        }

        block.Add((byte)(first | most));
        for (number -= most; number >= 0x80; number >>= 7)
            block.Add((byte)(number | 0x80));
        block.Add((byte)number);
    }

    private static string ReadText(byte[] block, ref int next)
    {
        if ((block[next] & 0x80) != 0)
            throw new WireException("Huffman's code");
        int length = ReadNumber(block, ref next, 7);
        next += length;
        return Encoding.Latin1.GetString(block, next - length, length);
    }

    private static int ReadNumber(byte[] block, ref int next, int bits)
    {
        int most = (1 << bits) - 1;
        int number = block[next++] & most;
        if (number < most)
            return number;
        for (int shift = 0; ; shift += 7)
        {
            byte part = block[next++];
            number += (part & 0x7f) << shift;
            if ((part & 0x80) == 0)
                return number;
        }
    }
}
