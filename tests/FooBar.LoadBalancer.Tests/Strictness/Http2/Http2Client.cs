using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Strictness.Wire;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>A client of HTTP/2 that sends whatever frames it is given. Not thread-safe.</summary>
internal sealed class Http2Client : IAsyncDisposable
{
    /// <summary>The server must keep no table for its headers (HEADER_TABLE_SIZE 0), and may send a mebibyte without being asked on (INITIAL_WINDOW_SIZE).</summary>
    private static readonly byte[] Settings = [0, 1, 0, 0, 0, 0, 0, 4, 0, 0x10, 0, 0];

    private static readonly byte[] Window = [0, 0x10, 0, 0];

    private readonly RawClient _client;

    private Http2Client(RawClient client) => _client = client;

    /// <summary>Connects, and sends the preface and the settings.</summary>
    public static async Task<Http2Client> ConnectAsync(int port, X509Certificate2 authority, string name, CancellationToken cancel)
    {
        RawClient client = await RawClient.ConnectAsync(port, authority, name, http2: true, cancel);
        Http2Client http2 = new(client);
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", cancel);
        await http2.SendAsync([new Frame(Frame.Settings, 0, 0, Settings), new Frame(Frame.WindowUpdate, 0, 0, Window)], cancel);
        return http2;
    }

    /// <summary>Sends frames. A connection that the other side has closed takes them without a word.</summary>
    public async Task SendAsync(IEnumerable<Frame> frames, CancellationToken cancel)
    {
        try
        {
            await _client.Stream.WriteAsync(frames.SelectMany(frame => frame.ToBytes()).ToArray(), cancel);
        }
        catch (IOException)
        {
            // What is read next says how it ended.
        }
    }

    /// <summary>Waits for the end of a stream: an answer, a reset, or the end of the connection.</summary>
    public async Task<StreamEnd> ReadAsync(int stream, CancellationToken cancel)
    {
        List<(string Name, string Value)> headers = [];
        List<byte> body = [];
        while (await Frame.ReadAsync(_client.Stream, cancel) is { } frame)
        {
            if (frame.Type == Frame.GoAway)
                return new StreamEnd(null, null, BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4)));
            if (frame.Type == Frame.Settings && frame.Flags == 0)
                await SendAsync([new Frame(Frame.Settings, Frame.Ack, 0, [])], cancel);
            if (frame.Stream != stream)
                continue;

            if (frame.Type == Frame.Reset)
                return new StreamEnd(null, BinaryPrimitives.ReadInt32BigEndian(frame.Payload), null);
            if (frame.Type == Frame.Headers)
                headers.AddRange(HeaderBlock.Read(frame.Payload));
            if (frame.Type == Frame.Data)
                body.AddRange(frame.Payload);
            if (frame.Type is Frame.Headers or Frame.Data && (frame.Flags & Frame.EndStream) != 0)
            {
                int status = int.Parse(WireReader.Values(headers, ":status").Single(), null);
                return new StreamEnd(new WireAnswer(status, headers, [.. body]), null, null);
            }
        }

        return new StreamEnd(null, null, null);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}

/// <summary>How a stream ended.</summary>
/// <param name="Answer">With this answer; null if with none.</param>
/// <param name="Reset">Reset with this error; null if not.</param>
/// <param name="GoAway">With the whole connection, and this error; null if not.</param>
internal sealed record StreamEnd(WireAnswer? Answer, int? Reset, int? GoAway);
