using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FooBar.Benchmarks.Gateway;

/// <summary>A connection of <see cref="TlsClient"/>. Not thread-safe.</summary>
internal sealed partial class TlsConnection(Socket socket, nint ssl) : IDisposable
{
    private const string Library = "libssl.so.3";
    private const int WantsToRead = 2;

    /// <summary>Whether the handshake resumed a session.</summary>
    public bool IsResumed => IsReused(ssl) == 1;

    /// <summary>The cipher suite, by OpenSSL's name.</summary>
    public string Suite => Marshal.PtrToStringUTF8(NameOf(CipherOf(ssl)))!;

    /// <summary>The socket's descriptor.</summary>
    public int Descriptor => (int)socket.Handle;

    /// <summary>From now on <see cref="Read"/> does not wait.</summary>
    public void StopWaiting() => socket.Blocking = false;

    /// <summary>Sends all of it.</summary>
    /// <exception cref="BenchmarkException">It failed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        int written = WriteCore(ssl, bytes, bytes.Length);
        if (written != bytes.Length) throw new BenchmarkException($"a request could not be sent: OpenSSL's error {TlsClient.Error(ssl, written)}.");
    }

    /// <summary>Returns how much was read; 0 when nothing is there and it does not wait.</summary>
    /// <exception cref="BenchmarkException">It failed, or the other side has ended the connection.</exception>
    public int Read(Span<byte> buffer)
    {
        int read = ReadCore(ssl, buffer, buffer.Length);
        if (read > 0) return read;

        int error = TlsClient.Error(ssl, read);
        return error == WantsToRead && !socket.Blocking ? 0 : throw new BenchmarkException($"no whole answer came: OpenSSL's error {error}.");
    }

    /// <summary>What the next connection can resume. The caller gives it back by <see cref="TlsClient.FreeSession"/>.</summary>
    public nint TakeSession() => SessionOf(ssl);

    /// <summary>Says goodbye and closes.</summary>
    public void Dispose()
    {
        _ = Shutdown(ssl);
        TlsClient.Free(ssl);
        socket.Dispose();
    }

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    private static partial int WriteCore(nint ssl, ReadOnlySpan<byte> bytes, int length);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    private static partial int ReadCore(nint ssl, Span<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_session_reused")]
    private static partial int IsReused(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get1_session")]
    private static partial nint SessionOf(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_current_cipher")]
    private static partial nint CipherOf(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_name")]
    private static partial nint NameOf(nint cipher);

    [LibraryImport(Library, EntryPoint = "SSL_shutdown")]
    private static partial int Shutdown(nint ssl);
}
