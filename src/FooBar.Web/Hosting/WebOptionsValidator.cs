using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Hosting;

/// <summary>Says everything that is wrong with the section at once, at start.</summary>
internal sealed class WebOptionsValidator : IValidateOptions<WebOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, WebOptions options)
    {
        List<string> errors = [];
        if (!IPAddress.TryParse(options.Address, out _))
            errors.Add($"Web:Address is '{options.Address}'; it must be an IP address.");
        if (options.HttpsPort is < 0 or > 65_535)
            errors.Add($"Web:HttpsPort is {options.HttpsPort}; it must be between 0 and 65535.");
        RequireFile("Web:CertificatePath", options.CertificatePath, "the PEM file with this instance's certificate", errors);
        RequireFile("Web:KeyPath", options.KeyPath, "the PEM file with the certificate's private key", errors);
        if (File.Exists(options.CertificatePath) && File.Exists(options.KeyPath) && WhyNotLoadable(options) is { } reason)
            errors.Add($"Web:CertificatePath '{options.CertificatePath}' and Web:KeyPath '{options.KeyPath}' are no certificate and its key: {reason}");
        foreach (string proxy in options.KnownProxies.Where(proxy => !IPAddress.TryParse(proxy, out _)))
            errors.Add($"Web:KnownProxies has '{proxy}'; it must be an IP address.");
        if (options.Drain.Delay < TimeSpan.Zero || options.Drain.Delay > Drain.LongestDelay)
            errors.Add($"Web:Drain:Delay is {options.Drain.Delay}; it must be between 00:00:00 and {Drain.LongestDelay}.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static string? WhyNotLoadable(WebOptions options)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(options.CertificatePath, options.KeyPath);
            return null;
        }
        // A certificate that does not fit its key is an ArgumentException.
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static void RequireFile(string key, string path, string what, List<string> errors)
    {
        if (path.Length == 0)
            errors.Add($"{key} is empty; it names {what}.");
        else if (!File.Exists(path))
            errors.Add($"{key} is '{path}', and there is no such file; it names {what}.");
    }
}
