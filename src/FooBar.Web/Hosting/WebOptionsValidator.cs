using System.Net;
using FooBar.ServiceDefaults.Tls;
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
        CheckClients(options, errors);

        // The files too, so that --check finds what the start would.
        if (File.Exists(options.CertificatePath) && File.Exists(options.KeyPath))
        {
            using ListenerCertificates? certificates = ListenerCertificates.Load(
                WebOptions.Section, options.CertificatePath, options.KeyPath, options.ClientCaPath, errors);
        }

        foreach (string proxy in options.KnownProxies.Where(proxy => !IPAddress.TryParse(proxy, out _)))
            errors.Add($"Web:KnownProxies has '{proxy}'; it must be an IP address.");
        if (options.Drain.Delay < TimeSpan.Zero || options.Drain.Delay > Drain.LongestDelay)
            errors.Add($"Web:Drain:Delay is {options.Drain.Delay}; it must be between 00:00:00 and {Drain.LongestDelay}.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckClients(WebOptions options, List<string> errors)
    {
        if (options.ClientCaPath.Length > 0 != options.AllowedClients.Count > 0)
            errors.Add("Web:ClientCaPath and Web:AllowedClients are set together, or neither of them for any client on loopback.");
        else if (options.ClientCaPath.Length == 0 && IPAddress.TryParse(options.Address, out IPAddress? address) && !IPAddress.IsLoopback(address))
            errors.Add($"Web:Address is '{options.Address}'; beyond loopback it is for clients with a certificate only: set Web:ClientCaPath and Web:AllowedClients, or a loopback address.");
        for (int i = 0; i < options.AllowedClients.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(options.AllowedClients[i]))
                errors.Add($"Web:AllowedClients:{i} is '{options.AllowedClients[i]}'; it must be the common name of a client's certificate, e.g. gateway.");
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
