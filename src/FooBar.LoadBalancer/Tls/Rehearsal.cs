using System.Net.Security;
using System.Security.Authentication;

namespace FooBar.LoadBalancer.Tls;

/// <summary>
/// The first half of a TLS handshake, in memory. .NET gives a certificate to OpenSSL with the first connection only; what OpenSSL then says to
/// it, every client would pay for.
/// </summary>
internal static class Rehearsal
{
    private const byte HandshakeRecord = 22;
    private const byte ServerHello = 2;

    /// <summary>Why a server with these options would not answer a hello; null: it would.</summary>
    public static string? Failure(SslServerAuthenticationOptions server, SslClientAuthenticationOptions client)
    {
        Side hello = new([]);
        using (SslStream tls = new(hello))
        {
            try
            {
                tls.AuthenticateAsClient(client);
            }
            catch (IOException)
            {
                // Nobody answers it: its hello is what is wanted.
            }
        }

        Side answer = new(hello.Written.ToArray());
        using SslStream asked = new(answer);
        try
        {
            asked.AuthenticateAsServer(server);
        }
        catch (AuthenticationException refused)
        {
            return refused.GetBaseException().Message;
        }
        catch (IOException)
        {
            // It waits for the client, which was its half.
        }

        return answer.Written.ToArray() is [HandshakeRecord, _, _, _, _, ServerHello, ..] ? null : "the server does not answer a client's hello";
    }

    /// <summary>Gives what the other side has sent, then its end, and keeps what is written.</summary>
    private sealed class Side(byte[] sent) : Stream
    {
        private readonly MemoryStream _sent = new(sent);

        public MemoryStream Written { get; } = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => _sent.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => _sent.Read(buffer);

        public override void Write(byte[] buffer, int offset, int count) => Written.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => Written.Write(buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
