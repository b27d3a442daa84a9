using System.CommandLine;
using System.CommandLine.Parsing;
using FooBar.AppHost.Gateway;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary>The options by which <c>foobar gateway</c> finds a gateway: none of them for the running stack's own.</summary>
internal sealed class GatewayOptions
{
    private readonly Option<string?> _admin = File("--admin", "URL", "The admin port of a gateway that runs elsewhere, such as https://edge-1:9600 (default: the running stack's)");
    private readonly Option<string?> _token = File("--token-file", "FILE", "With --admin: the file with its token");
    private readonly Option<string?> _ca = File("--ca", "FILE", "With --admin https://...: the authority of its certificate");
    private readonly Option<string?> _certificate = File("--cert", "FILE", "With --admin https://...: the certificate to show");
    private readonly Option<string?> _key = File("--key", "FILE", "With --admin https://...: the certificate's key");

    private Option<string?>[] All => [_admin, _token, _ca, _certificate, _key];

    /// <summary>Gives them to a command and those that are below it by now.</summary>
    public void AddTo(Command command)
    {
        foreach (Option<string?> option in All)
        {
            command.Options.Add(option);
        }

        // A command's validators are run for itself alone, and not for the one below it that was called.
        foreach (Command called in command.Subcommands)
        {
            called.Validators.Add(Check);
        }
    }

    /// <summary>The gateway that is meant.</summary>
    /// <exception cref="FoobarException">It is the running stack's, and nothing is up.</exception>
    public GatewayAccess Read(ParseResult parsed, StateFolder state) => parsed.GetValue(_admin) is not { } admin
        ? GatewayAccess.OfStack(state)
        : new GatewayAccess(new Uri(admin), parsed.GetValue(_token)!, "See that it runs, and that this machine may reach it.")
        {
            CaFile = parsed.GetValue(_ca),
            CertificateFile = parsed.GetValue(_certificate),
            KeyFile = parsed.GetValue(_key),
        };

    /// <summary>What belongs together is given together.</summary>
    private void Check(CommandResult result)
    {
        string? admin = result.GetValue(_admin);
        string[] given = [.. All.Skip(1).Where(option => result.GetValue(option) is not null).Select(option => option.Name)];
        if (admin is null)
        {
            if (given.Length > 0)
            {
                result.AddError($"{given[0]} is for a gateway that runs elsewhere: name it with --admin.");
            }
        }
        else if (!Uri.TryCreate(admin, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.PathAndQuery != "/" || address.UserInfo.Length > 0)
        {
            result.AddError($"--admin {admin}: give the address of an admin port, such as https://edge-1:9600.");
        }
        else if (address is { Scheme: "http", IsLoopback: false })
        {
            // The token would go over the network for everybody to read.
            result.AddError($"--admin {admin}: beyond this machine the admin port speaks https.");
        }
        else if (((address.Scheme == "https" ? All : [_token]).Except([_admin]).FirstOrDefault(option => result.GetValue(option) is null)) is { } missing)
        {
            result.AddError($"--admin {admin} needs {missing.Name} {missing.HelpName}.");
        }
    }

    private static Option<string?> File(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName, Recursive = true };
}
