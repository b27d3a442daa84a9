using System.Globalization;
using System.Net;
using FooBar.ServiceDefaults.Tls;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>Says everything that is wrong with the section at once, at start.</summary>
internal sealed class AdminOptionsValidator : IValidateOptions<AdminOptions>
{
    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        List<string> failures = [];
        CheckAddress(options, failures);
        CheckPort(options.Port, failures);
        if (options.UsesTls)
        {
            CheckTls(options, failures);
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckAddress(AdminOptions options, List<string> failures)
    {
        if (!IPAddress.TryParse(options.Address, out IPAddress? address))
        {
            failures.Add($"Admin:Address is '{options.Address}': it must be an IP address, e.g. 127.0.0.1.");
        }
        else if (!IPAddress.IsLoopback(address) && !options.UsesTls)
        {
            failures.Add(
                $"Admin:Address is '{options.Address}': beyond loopback the admin port is for clients with a certificate only; "
                + "set Admin:CertificatePath, Admin:KeyPath, Admin:ClientCaPath and Admin:AllowedClients, or a loopback address.");
        }
    }

    private static void CheckPort(string? port, List<string> failures)
    {
        if (string.IsNullOrEmpty(port))
        {
            failures.Add("Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.");
        }
        else if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            failures.Add($"Admin:Port is '{port}': it must be a port number, 1 to 65535, or 0 for any free port.");
        }
    }

    private static void CheckTls(AdminOptions options, List<string> failures)
    {
        List<string> missing = [];
        AddIf(options.CertificatePath.Length == 0, "Admin:CertificatePath");
        AddIf(options.KeyPath.Length == 0, "Admin:KeyPath");
        AddIf(options.ClientCaPath.Length == 0, "Admin:ClientCaPath");
        AddIf(options.AllowedClients.Count == 0, "Admin:AllowedClients");
        if (missing.Count > 0)
        {
            failures.Add(
                $"{string.Join(", ", missing)} missing: Admin:CertificatePath, Admin:KeyPath, Admin:ClientCaPath and Admin:AllowedClients "
                + "are set together, or none of them for plain HTTP on loopback.");
        }

        for (int i = 0; i < options.AllowedClients.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(options.AllowedClients[i]))
            {
                failures.Add($"Admin:AllowedClients:{i} is '{options.AllowedClients[i]}': it must be the common name of a client's certificate, e.g. collector.");
            }
        }

        if (missing.Count == 0)
        {
            // The files too, so that --check finds what the start would.
            using ListenerCertificates? certificates = ListenerCertificates.Load(
                AdminOptions.Section, options.CertificatePath, options.KeyPath, options.ClientCaPath, failures);
        }

        void AddIf(bool isMissing, string setting)
        {
            if (isMissing)
            {
                missing.Add(setting);
            }
        }
    }
}
