using System.Net.Sockets;
using System.Text;

namespace FooBar.Testing;

/// <summary>systemd's end of the notification socket: keeps what arrives, a datagram at a time.</summary>
public sealed class ServiceManager : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string? _folder;

    /// <summary>Opens the socket under a name of its own.</summary>
    /// <param name="isAbstract">Whether it is a name without a file.</param>
    public ServiceManager(bool isAbstract = true)
    {
        string name = $"foobar-notify-{Guid.NewGuid():N}";
        _folder = isAbstract ? null : Directory.CreateTempSubdirectory("foobar-notify-").FullName;
        Address = _folder is null ? "@" + name : Path.Combine(_folder, name);
        _socket.Bind(new UnixDomainSocketEndPoint(_folder is null ? "\0" + name : Address));
    }

    /// <summary>For <c>NOTIFY_SOCKET</c>.</summary>
    public string Address { get; }

    /// <summary>Whether a datagram waits to be taken.</summary>
    public bool HasMore => _socket.Available > 0;

    /// <summary>Waits for the next datagram.</summary>
    public async Task<string> NextAsync()
    {
        using CancellationTokenSource limit = new(Deadline, TimeProvider.System);
        byte[] datagram = new byte[4096];
        return Encoding.UTF8.GetString(datagram, 0, await _socket.ReceiveAsync(datagram, limit.Token));
    }

    /// <summary>Waits for the first datagram that is not this one.</summary>
    public async Task<string> NextButAsync(string passedOver)
    {
        while (true)
        {
            string next = await NextAsync();
            if (next != passedOver)
            {
                return next;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
