using System.Text;

namespace FooBar.MySql.Protocol;

/// <summary>The server's "no".</summary>
internal static class ErrorPacket
{
    public const byte Header = 0xFF;

    public static bool Is(ReadOnlySpan<byte> payload) => payload.Length > 0 && payload[0] == Header;

    /// <exception cref="ProtocolException">It is cut short, or no error of MySQL.</exception>
    public static MySqlException Parse(ReadOnlySpan<byte> payload, MySqlFailurePhase phase)
    {
        PayloadReader reader = new(payload);
        reader.Take(1);
        int number = reader.ReadUInt16();

        // 0 is what failures have that no server has reported.
        if (number == 0) throw new ProtocolException("an error without a number");

        string? sqlState = null;
        ReadOnlySpan<byte> message = reader.ReadRest();

        // A refusal in place of the greeting (too many connections) comes without the state: nobody has agreed on a dialect yet.
        if (message.Length >= 6 && message[0] == '#')
        {
            sqlState = Encoding.ASCII.GetString(message[1..6]);
            message = message[6..];
        }

        return new MySqlException(number, sqlState, Encoding.UTF8.GetString(message), phase);
    }
}
