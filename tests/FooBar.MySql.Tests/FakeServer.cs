using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.MySql.Tests;

/// <summary>
/// A server over a real socket that says what a test makes it say: for each connection the script is run, and the connection closed
/// behind it. The connections are served one after the other, unless the test wants them all at once.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    /// <summary>Payload of an OK packet: autocommit, nothing affected.</summary>
    public static readonly byte[] Ok = [0x00, 0, 0, 0x02, 0, 0, 0];

    /// <summary>Every capability that there is.</summary>
    public const uint All = 0xFFFF_FFFF;

    /// <summary>With this capability something stands between the command's byte and a statement's text.</summary>
    public const uint QueryAttributes = 1U << 27;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public FakeServer(Func<FakeClient, Task> script)
    {
        _listener.Start();
        _serving = ServeAsync(script);
    }

    public bool ServesAllAtOnce { get; init; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string ConnectionString => $"Server=127.0.0.1;Port={Port};User ID=u;Ssl Mode=None;Connection Timeout=10;";

    public static byte[] Frame(int sequence, ReadOnlySpan<byte> payload) =>
        [(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), (byte)sequence, .. payload];

    public static byte[] Greeting(bool withTls = true, uint capabilities = All & ~QueryAttributes, string version = "9.9.9-fake")
    {
        if (!withTls) capabilities &= ~(1U << 11);
        byte[] low = BitConverter.GetBytes((ushort)capabilities);
        byte[] high = BitConverter.GetBytes((ushort)(capabilities >> 16));
        return Frame(0,
        [
            10, .. System.Text.Encoding.ASCII.GetBytes(version), 0, 7, 0, 0, 0, .. "12345678"u8, 0, .. low, 255, 2, 0, .. high, 21, .. new byte[10],
            .. "901234567890\0"u8, .. "caching_sha2_password\0"u8,
        ]);
    }

    /// <summary>Payload of an error packet.</summary>
    public static byte[] Error(int number, string message) =>
        [0xFF, (byte)number, (byte)(number >> 8), .. "#HY000"u8, .. System.Text.Encoding.UTF8.GetBytes(message)];

    /// <summary>A column definition of a name and type, as a payload.</summary>
    public static byte[] Column(string name, byte type, byte characterSet = 255) =>
    [
        3, .. "def"u8, 0, 0, 0, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), 0, 12, characterSet, 0, 255, 0, 0, 0, type, 0, 0, 0, 0, 0,
    ];

    public const string Uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

    /// <summary>The answer to the driver's look at the server's defaults: all as it wants them.</summary>
    public static byte[] Defaults(string serverUuid = Uuid)
    {
        string[] values =
        [
            "utf8mb4", "utf8mb4", "OWN_GTID", "1", "1", "utf8mb4", "utf8mb4", "OWN_GTID", "1", "1", "67108864", serverUuid, "0",
        ];
        byte sequence = 1;
        List<byte> answer = [.. Frame(sequence++, [(byte)values.Length])];
        foreach (string _ in values) answer.AddRange(Frame(sequence++, Column("v", 253)));
        answer.AddRange(Frame(sequence++, [.. values.SelectMany(value => (byte[])[(byte)value.Length, .. System.Text.Encoding.ASCII.GetBytes(value)])]));
        answer.AddRange(Frame(sequence, [0xFE, .. Ok.AsSpan(1)]));
        return [.. answer];
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync(Func<FakeClient, Task> script)
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                Task serving = ServeAsync(script, await _listener.AcceptTcpClientAsync());
                served.Add(serving);
                if (!ServesAllAtOnce) await serving;
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            await Task.WhenAll(served);
        }
    }

    private static async Task ServeAsync(Func<FakeClient, Task> script, TcpClient client)
    {
        try
        {
            using (client) await script(new FakeClient(client.GetStream()));
        }
        catch (Exception hungUp) when (hungUp is IOException or InvalidOperationException)
        {
            // The driver has hung up, as it should on most of what is sent here.
        }
    }
}

/// <summary>One connection to the fake server, seen from the server.</summary>
internal sealed class FakeClient(Stream stream)
{
    public Task SendAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    /// <summary>The payload of the next packet; empty when the driver has closed.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        byte[] header = new byte[4];
        if (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) < 4) return [];

        byte[] payload = new byte[header[0] | (header[1] << 8) | (header[2] << 16)];
        await stream.ReadExactlyAsync(payload);
        return payload;
    }

    /// <summary>Greets, takes any proof, and answers the look at the defaults: the connection is open.</summary>
    public Task LogInAsync() => LogInAsync(FakeServer.Greeting());

    /// <inheritdoc cref="LogInAsync()" />
    public async Task LogInAsync(byte[] greeting, string serverUuid = FakeServer.Uuid)
    {
        await SendAsync(greeting);
        await ReceiveAsync();
        await SendAsync(FakeServer.Frame(2, FakeServer.Ok));
        await ReceiveAsync();
        await SendAsync(FakeServer.Defaults(serverUuid));
    }

    public async Task StartTlsAsync(X509Certificate2 certificate)
    {
        await using SslStream tls = new(stream);
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            await tls.ReadExactlyAsync(new byte[1]);
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            // Refused, as the test wants it.
        }
    }
}
