using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FooBar.Benchmarks.Gateway;

/// <summary>
/// TLS as a load generator needs it, by the OpenSSL that .NET itself uses: whether to resume a session is the caller's choice, whether one was resumed can be
/// asked, and certificates are not verified, which is no part of what is measured. Thread-safe but for a connection's own members.
/// </summary>
internal sealed partial class TlsClient : IDisposable
{
    private const string Library = "libssl.so.3";
    private const int SetMinimum = 123;
    private const int Tls13 = 0x304;

    private readonly nint _context;

    /// <summary>Offers TLS 1.3 alone, so that no proxy is measured at something cheaper.</summary>
    public TlsClient()
    {
        _context = NewContext(ClientMethod());
        if (_context == 0 || ControlContext(_context, SetMinimum, Tls13, 0) != 1) throw new BenchmarkException("OpenSSL has no TLS 1.3 here.");
    }

    /// <summary>Connects and shakes hands; blocks meanwhile, at most as long as <paramref name="deadline"/> for each read.</summary>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="from">The address of the loopback network to come from.</param>
    /// <param name="session">What to resume; zero for a full handshake.</param>
    /// <param name="deadline">For each read.</param>
    /// <exception cref="BenchmarkException">It failed.</exception>
    public TlsConnection Connect(int port, IPAddress from, nint session, TimeSpan deadline)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)deadline.TotalMilliseconds };
        nint ssl = 0;
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            socket.Connect(IPAddress.Loopback, port);
            ssl = New(_context);
            if (SetDescriptor(ssl, (int)socket.Handle) != 1 || SetName(ssl) != 1) throw new BenchmarkException("OpenSSL did not take the connection.");

            if (session != 0 && SetSession(ssl, session) != 1) throw new BenchmarkException("OpenSSL did not take the session.");

            int result = Handshake(ssl);
            return result == 1 ? new TlsConnection(socket, ssl) : throw new BenchmarkException($"the TLS handshake failed: OpenSSL's error {Error(ssl, result)}.");
        }
        catch (SocketException failure)
        {
            Drop();
            throw new BenchmarkException($"the connection failed: {failure.Message}.");
        }
        catch
        {
            Drop();
            throw;
        }

        void Drop()
        {
            if (ssl != 0) Free(ssl);
            socket.Dispose();
        }
    }

    /// <summary>Gives a session back that <see cref="TlsConnection.TakeSession"/> returned.</summary>
    public static void FreeSession(nint session)
    {
        if (session != 0) FreeSessionCore(session);
    }

    public void Dispose() => FreeContext(_context);

    private static int SetName(nint ssl)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(ProxyJob.BackendName);
        try
        {
            return (int)Control(ssl, 55, 0, name);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    private static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewContext(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    private static partial nint ControlContext(nint context, int command, nint number, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    private static partial nint New(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl")]
    private static partial nint Control(nint ssl, int command, nint number, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_set_fd")]
    private static partial int SetDescriptor(nint ssl, int descriptor);

    [LibraryImport(Library, EntryPoint = "SSL_set_session")]
    private static partial int SetSession(nint ssl, nint session);

    [LibraryImport(Library, EntryPoint = "SSL_connect")]
    private static partial int Handshake(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    internal static partial int Error(nint ssl, int result);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    internal static partial void Free(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_free")]
    private static partial void FreeSessionCore(nint session);
}
