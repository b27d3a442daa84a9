using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>Sends states to systemd, a datagram each: sd_notify(3). Thread-safe.</summary>
/// <param name="address">A path, or an abstract name with @ in front; null: nothing is sent.</param>
/// <param name="logger">Is told when sending fails and when it works again.</param>
internal sealed partial class NotifySocket(string? address, ILogger logger)
{
    /// <summary>In milliseconds. A service manager whose queue is full must not hold up what the process does.</summary>
    private const int LongestSend = 1000;

    private int _failing;

    public bool IsConnected => address is not null;

    /// <summary>Sends assignments, a line each, such as <c>READY=1</c>. Never throws: a service manager that is gone is no reason to stop serving.</summary>
    public void Send(params ReadOnlySpan<string> assignments)
    {
        if (address is null)
        {
            return;
        }

        try
        {
            // A socket each time: they are few, and one that is kept would have to be made anew when the manager was.
            using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = LongestSend };
            string path = address[0] == '@' ? $"\0{address.AsSpan(1)}" : address;
            socket.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', assignments!)), new UnixDomainSocketEndPoint(path));
            if (Interlocked.Exchange(ref _failing, 0) != 0)
            {
                LogSendsAgain(logger, address);
            }
        }
        catch (SocketException exception)
        {
            if (Interlocked.Exchange(ref _failing, 1) == 0)
            {
                LogSendFailed(logger, address, exception.Message);
            }
        }
    }

    [LoggerMessage(4020, LogLevel.Warning, "systemd cannot be told the state of this process at {Address}: {Reason}")]
    private static partial void LogSendFailed(ILogger logger, string address, string reason);

    [LoggerMessage(4021, LogLevel.Information, "systemd can be told the state of this process at {Address} again")]
    private static partial void LogSendsAgain(ILogger logger, string address);
}
