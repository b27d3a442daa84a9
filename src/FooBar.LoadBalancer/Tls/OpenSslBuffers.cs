using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FooBar.LoadBalancer.Tls;

/// <summary>
/// Lets a TLS connection keep no buffers while nothing is on its way; otherwise it holds its two, some 33 kB, for as long as it is open. .NET does not ask
/// OpenSSL for it, and gives nobody its contexts; OpenSSL itself tells whoever wants to know of each that is made.
/// </summary>
internal static unsafe partial class OpenSslBuffers
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    // Of OpenSSL 3's crypto.h and ssl.h: CRYPTO_EX_INDEX_SSL_CTX, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS.
    private const int ContextClass = 1;
    private const int ControlMode = 33;
    private const int ReleaseBuffers = 0x10;

    /// <summary>For every context of the process that is made from now on, on every side. Before the first one, and once.</summary>
    public static void Release()
    {
        try
        {
            // Both are bound here, so that the callback cannot fail.
            _ = Control(0, 0, 0, 0);
            _ = Watch(ContextClass, 0, 0, &Made, 0, 0);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // No OpenSSL 3: CertificateLog says so, and the gateway works without.
        }
    }

    /// <summary>Whether it holds, by a new context. Once .NET has made use of OpenSSL: it must be who initializes it.</summary>
    public static bool AreReleased()
    {
        try
        {
            nint context = NewContext(Method());
            nint mode = Control(context, ControlMode, 0, 0);
            FreeContext(context);
            return (mode & ReleaseBuffers) != 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>OpenSSL's CRYPTO_EX_new, called within SSL_CTX_new.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Made(nint context, nint pointer, nint data, int index, nint number, nint argument) =>
        _ = Control(context, ControlMode, ReleaseBuffers, 0);

    [LibraryImport(Crypto, EntryPoint = "CRYPTO_get_ex_new_index")]
    private static partial int Watch(
        int contextClass, nint number, nint argument, delegate* unmanaged[Cdecl]<nint, nint, nint, int, nint, nint, void> made, nint copied, nint freed);

    /// <summary>Without a context it does nothing.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl")]
    private static partial nint Control(nint context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "TLS_method")]
    private static partial nint Method();

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewContext(nint method);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_free")]
    private static partial void FreeContext(nint context);
}
