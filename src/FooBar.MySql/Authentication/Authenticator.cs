using System.Security.Cryptography;
using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Authentication;

/// <summary>Proves to the server who the user is, from the handshake's nonce to the server's OK.</summary>
internal sealed class Authenticator(ConnectionOptions options, PacketReader reader, PacketWriter writer)
{
    private const byte MoreData = 0x01;
    private const byte SwitchPlugin = 0xFE;

    private readonly string _password = options.PasswordFile is { } file ? PasswordFile.Read(file) : options.Password;
    private byte[] _nonce = [];
    private bool _hasAskedForKey;
    private string? _keyFile;

    /// <summary>The first proof. A nonce for another plugin gives a proof that the server answers by asking to switch.</summary>
    public byte[] Prove(ReadOnlySpan<byte> nonce)
    {
        if (nonce.Length != CachingSha2Password.NonceLength)
        {
            throw new ProtocolException($"the server's nonce has {nonce.Length} bytes, not {CachingSha2Password.NonceLength}");
        }

        _nonce = nonce.ToArray();
        return CachingSha2Password.Prove(_password, nonce);
    }

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
        if (ErrorPacket.Is(payload)) throw Refusal(ErrorPacket.Parse(payload, MySqlFailurePhase.NotSent));
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
            case MoreData when _hasAskedForKey:
                _hasAskedForKey = false;
                SendEncrypted(Encoding.ASCII.GetString(payload[1..]), $"that {options.Endpoint} sent");
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
        // A Unix socket is between this machine's processes alone: the server takes it for as safe as TLS.
        if (options.SslMode != MySqlSslMode.None || options.SocketPath is not null)
        {
            writer.Begin(reader.ExpectedSequence++);
            writer.WriteNullTerminated(_password);
            writer.End();
        }
        else if (options.ServerRsaPublicKeyFile is { } path)
        {
            _keyFile = $"in '{path}' ('Server RSA Public Key File')";
            SendEncrypted(ReadKey(path), _keyFile);
        }
        else if (options.AllowPublicKeyRetrieval)
        {
            writer.Begin(reader.ExpectedSequence++);
            writer.WriteByte(CachingSha2Password.PublicKeyWanted);
            writer.End();
            _hasAskedForKey = true;
        }
        else
        {
            throw new MySqlException(
                $"{options.Endpoint} wants the password of '{options.User}' itself, which is never sent in clear: use 'Ssl Mode=VerifyFull', or encrypt "
                + "it with the server's key, from 'Server RSA Public Key File', or from whoever answers with 'Allow Public Key Retrieval=true'. "
                + "(Without these the account can log in only while the server has it in its cache.)",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.NotTrusted);
        }
    }

    private void SendEncrypted(string pem, string origin)
    {
        try
        {
            byte[] encrypted = ServerPublicKey.Encrypt(pem, _password, _nonce);
            writer.Begin(reader.ExpectedSequence++);
            writer.WriteBytes(encrypted);
            writer.End();
        }
        catch (CryptographicException failure)
        {
            throw new MySqlException(
                $"The password of '{options.User}' was not sent: the RSA key {origin} cannot be used: {failure.Message}.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.NotTrusted,
                inner: failure);
        }
    }

    /// <summary>A server cannot tell a wrong password from one that was encrypted for another server.</summary>
    private MySqlException Refusal(MySqlException refusal) => _keyFile is { } key
        ? new MySqlException(refusal.Number, refusal.SqlState, $"{refusal.Message}; or the RSA key {key} is not this server's", refusal.Phase)
        : refusal;

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MySqlException(
                $"The file '{path}' of 'Server RSA Public Key File' cannot be used: {failure.Message.TrimEnd('.')}.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.Refused,
                inner: failure);
        }
    }
}
