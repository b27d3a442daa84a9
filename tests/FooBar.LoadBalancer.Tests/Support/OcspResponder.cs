using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>An authority's responder (OpenSSL's own), which knows one certificate and says that it is good.</summary>
internal sealed class OcspResponder : IAsyncDisposable
{
    private readonly Process _process;

    private OcspResponder(Process process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}/";
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    /// <summary>A serial number for a certificate that is made after its responder has been started.</summary>
    public static byte[] NewSerial()
    {
        // Positive, and of as many bytes as it was given: the index of the authority holds it in hexadecimal.
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    public static async Task<OcspResponder> StartAsync(PemFolder files, X509Certificate2 authority, byte[] serial)
    {
        string expires = CertificateRecipe.Now.AddHours(1).UtcDateTime.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        string index = files.Write("index.txt", $"V\t{expires}\t\t{Convert.ToHexString(serial)}\tunknown\t/CN=www.foobar.com\n");
        string certificate = files.Write("responder.crt", [authority]);
        string key = files.Write("responder.key", CertificateRecipe.KeyOf(authority));
        Process process = await TestProcess.StartAsync(
            "KILL",
            TlsTools.Path("openssl"),
            ["ocsp", "-port", "0", "-index", index, "-CA", certificate, "-rsigner", certificate, "-rkey", key, "-ndays", "1"],
            start =>
            {
                start.RedirectStandardOutput = true;
                start.RedirectStandardError = true;
                start.Environment.Remove("OPENSSL_CONF");
            });
        while (await process.StandardOutput.ReadLineAsync(Eventually.Limit) is { } line)
        {
            if (Regex.Match(line, "^ACCEPT .*:(\\d+)") is { Success: true } accept)
                return new OcspResponder(process, int.Parse(accept.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        throw new InvalidOperationException($"The responder ended: {await process.StandardError.ReadToEndAsync(Eventually.Limit)}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
