using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Authentication;

/// <summary>Proves to the server who the user is, from the handshake's nonce to the server's OK.</summary>
internal sealed class Authenticator(ConnectionOptions options, PacketReader reader, PacketWriter writer, bool isEncrypted)
{
    private const byte MoreData = 0x01;
    private const byte SwitchPlugin = 0xFE;

    private readonly string _password = options.PasswordFile is { } file ? ReadPassword(file) : options.Password;

    /// <summary>The first proof. A nonce for another plugin gives a proof that the server answers by asking to switch.</summary>
    public byte[] Prove(ReadOnlySpan<byte> nonce) => nonce.Length == CachingSha2Password.NonceLength
        ? CachingSha2Password.Prove(_password, nonce)
        : throw new ProtocolException($"the server's nonce has {nonce.Length} bytes, not {CachingSha2Password.NonceLength}");

    /// <summary>Answers what the server asks until it says OK.</summary>
    /// <exception cref="MySqlException">The server refused, or wants what must not be given.</exception>
    public async ValueTask<OkPacket> CompleteAsync(bool async)
    {
        while (true)
        {
            await reader.ReadAsync(async).ConfigureAwait(false);
            if (TryFinish(out OkPacket ok)) return ok;

            if (!writer.IsEmpty) await writer.FlushAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Takes one packet: the end, or a request, whose answer is then written.</summary>
    private bool TryFinish(out OkPacket ok)
    {
        ReadOnlySpan<byte> payload = reader.Payload;
        ok = default;
        if (ErrorPacket.Is(payload)) throw ErrorPacket.Parse(payload, MySqlFailurePhase.NotSent);
        if (payload.IsEmpty) throw new ProtocolException("an empty packet in the authentication");

        switch (payload[0])
        {
            case OkPacket.Header:
                ok = OkPacket.Parse(payload);
                return true;
            case SwitchPlugin:
                Switch(payload);
                return false;
            case MoreData when payload.Length == 2 && payload[1] == CachingSha2Password.FastAuthenticationSucceeded:
                return false;
            case MoreData when payload.Length == 2 && payload[1] == CachingSha2Password.FullAuthenticationWanted:
                SendPassword();
                return false;
            default:
                throw new ProtocolException($"0x{payload[0]:X2} is no step of the authentication");
        }
    }

    private void Switch(ReadOnlySpan<byte> payload)
    {
        PayloadReader request = new(payload[1..]);
        string plugin = Encoding.UTF8.GetString(request.ReadNullTerminated());
        if (plugin != CachingSha2Password.PluginName)
        {
            // Other plugins would be given a weaker proof, or the password itself, at the mere wish of the server.
            throw new MySqlException(
                $"{options.Endpoint} wants the account '{options.User}' to authenticate with {plugin}; this driver knows "
                + $"{CachingSha2Password.PluginName} only: ALTER USER ... IDENTIFIED WITH {CachingSha2Password.PluginName}.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.NotTrusted);
        }

        byte[] proof = Prove(request.ReadRest().TrimEnd((byte)0));
        writer.Begin(reader.ExpectedSequence++);
        writer.WriteBytes(proof);
        writer.End();
    }

    private void SendPassword()
    {
        if (!isEncrypted)
        {
            // The RSA key that the server offers here is not authenticated: whoever sits in between would get the password.
            throw new MySqlException(
                $"{options.Endpoint} wants the password of '{options.User}' itself, which is sent over TLS only: use 'Ssl Mode=VerifyFull'. "
                + "(Without TLS the account can log in only while the server has it in its cache.)",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.NotTrusted);
        }

        writer.Begin(reader.ExpectedSequence++);
        writer.WriteNullTerminated(_password);
        writer.End();
    }

    private static string ReadPassword(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault() ?? string.Empty;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MySqlException($"The password file cannot be read: {failure.Message}", MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, inner: failure);
        }
    }
}
