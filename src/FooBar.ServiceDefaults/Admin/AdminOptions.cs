using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>Where metrics and health are read. Configuration section <c>Admin</c>.</summary>
internal sealed class AdminOptions
{
    public const string Section = "Admin";

    /// <summary>The address to listen on: a loopback IP address, because the listener is plain HTTP. Default: 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// The TCP port: 1 to 65535, or 0 for one that the system chooses (tests). No default: two processes on a host must never share it.
    /// A string, so that a value which is no number is reported by the validator and not by the binder.
    /// </summary>
    public string? Port { get; set; }

    /// <summary>The validated settings as an end point.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Parse(Address), int.Parse(Port!, NumberStyles.None, CultureInfo.InvariantCulture));
}

internal sealed class AdminOptionsValidator : IValidateOptions<AdminOptions>
{
    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        List<string> failures = [];
        if (!IPAddress.TryParse(options.Address, out IPAddress? address))
        {
            failures.Add($"Admin:Address is '{options.Address}': it must be an IP address, e.g. 127.0.0.1.");
        }
        else if (!IPAddress.IsLoopback(address))
        {
            failures.Add($"Admin:Address is '{options.Address}': the admin port is plain HTTP and listens on a loopback address only.");
        }

        if (string.IsNullOrEmpty(options.Port))
        {
            failures.Add("Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.");
        }
        else if (!ushort.TryParse(options.Port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            failures.Add($"Admin:Port is '{options.Port}': it must be a port number, 1 to 65535, or 0 for any free port.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
