using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FooBar.Lab.Tests.Support;

/// <summary>
/// Makes sockets in a network namespace of the lab: one thread has entered it, setns(2), and a socket stays where it was made, whoever
/// uses it afterwards. So a load generator in this process is a visitor there. Thread-safe.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int NewNet = 0x40000000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Enters it.</summary>
    /// <param name="path">The namespace's file, such as <c>/proc/PID/ns/net</c>.</param>
    public NetworkNamespace(string path)
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = new Thread(() => Work(path, entered)) { IsBackground = true, Name = path };
        _thread.Start();
        entered.Task.GetAwaiter().GetResult();
    }

    /// <summary>Makes a socket there.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="type">Stream or datagram.</param>
    /// <param name="uid">
    /// Whose it is for the firewall, which asks the socket's file system user id: that one belongs to a thread, setfsuid(2).
    /// </param>
    public Socket Socket(AddressFamily family, SocketType type, int uid = 0)
    {
        TaskCompletionSource<Socket> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                _ = SetFsUid(uid);
                made.SetResult(new Socket(family, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp));
            }
            catch (SocketException exception)
            {
                made.SetException(exception);
            }
            finally
            {
                _ = SetFsUid(0);
            }
        });
        return made.Task.GetAwaiter().GetResult();
    }

    /// <summary>Connects from there, as <see cref="SocketsHttpHandler.ConnectCallback"/> wants it.</summary>
    public async ValueTask<Stream> ConnectAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        Socket socket = Socket(to.AddressFamily, SocketType.Stream);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work(string path, TaskCompletionSource entered)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            if (SetNs((int)file.DangerousGetHandle(), NewNet) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError(), $"setns {path}");
            }
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            entered.SetException(exception);
            return;
        }

        entered.SetResult();
        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(int file, int kind);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFsUid(int uid);
}
