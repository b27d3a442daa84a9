using System.Globalization;
using System.Net;
using FooBar.Data;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Database;

/// <summary>Says everything that is wrong with the section at once, at start.</summary>
internal sealed class DatabaseSettingsValidator : IValidateOptions<DatabaseSettings>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, DatabaseSettings options)
    {
        List<string> errors = [];
        if (options.Name.Length == 0)
            errors.Add("Database:Name is empty; it names the database that holds the site's tables.");
        RequireFile("Database:CaPath", options.CaPath, "the PEM file of the authority that signed the nodes' certificates", errors);
        if (options.Nodes.Count == 0)
            errors.Add("Database:Nodes is empty; give at least Database:Nodes:0:Name, :Host and :Port.");
        if (options.MaximumPoolSize is < 1 or > 10_000)
            errors.Add($"Database:MaximumPoolSize is {options.MaximumPoolSize}; it must be between 1 and 10000.");
        if (options.MaximumWaiting is < 1 or > 100_000)
            errors.Add($"Database:MaximumWaiting is {options.MaximumWaiting}; it must be between 1 and 100000.");
        if (options.MaximumPrimaryReads is < 1 or > 10_000)
            errors.Add($"Database:MaximumPrimaryReads is {options.MaximumPrimaryReads}; it must be between 1 and 10000.");
        if (options.StalenessBound <= TimeSpan.Zero || options.StalenessBound > Freshness.LongestBound)
            errors.Add($"Database:StalenessBound is {options.StalenessBound}; it must be longer than zero and at most {Freshness.LongestBound}.");
        if (options.PreferredLocation.Length > 0 && options.Nodes.All(node => node.Location != options.PreferredLocation))
            errors.Add($"Database:PreferredLocation is '{options.PreferredLocation}', and no node has that Location.");

        for (int i = 0; i < options.DiscoveryNetworks.Count; i++)
        {
            if (Mistake(options.DiscoveryNetworks[i]) is { } mistake)
                errors.Add($"Database:DiscoveryNetworks:{i} is '{options.DiscoveryNetworks[i]}'; {mistake}.");
        }

        for (int i = 0; i < options.Nodes.Count; i++)
        {
            NodeSettings node = options.Nodes[i];
            if (string.IsNullOrWhiteSpace(node.Name))
                errors.Add($"Database:Nodes:{i}:Name is empty.");
            if (node.Host.Length == 0)
                errors.Add($"Database:Nodes:{i}:Host is empty.");
            if (node.Port is < 1 or > 65_535)
                errors.Add($"Database:Nodes:{i}:Port is {node.Port}; it must be between 1 and 65535.");
        }

        foreach (IGrouping<string, NodeSettings> same in options.Nodes.GroupBy(node => node.Name).Where(group => group.Count() > 1))
            errors.Add($"Database:Nodes has {same.Count()} nodes named '{same.Key}'; names must be unique.");

        foreach (IGrouping<(string Host, int Port), NodeSettings> same in options.Nodes
            .Where(node => node.Host.Length > 0).GroupBy(node => (node.Host, node.Port)).Where(group => group.Count() > 1))
        {
            errors.Add($"Database:Nodes has {same.Key.Host}:{same.Key.Port} {same.Count()} times, as {string.Join(" and ", same.Select(node => node.Name))}.");
        }

        RequireAccount("App", options.App, errors);
        RequireAccount("Monitor", options.Monitor, errors);
        RequireAccount("Schema", options.Schema, errors);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>What would be right in place of what is no network; null for one.</summary>
    private static string? Mistake(string network)
    {
        if (network.Split('/') is not [var first, var length] || !IPAddress.TryParse(first, out IPAddress? address))
            return "it must be a network, e.g. 10.0.0.0/8 or fd00::/8";
        int bits = address.GetAddressBytes().Length * 8;
        if (!int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int prefix) || prefix > bits)
            return $"behind the / it must have a length from 0 to {bits}";

        // .NET takes any address of the network: whoever wrote 10.1.2.3/8 for /32 has allowed more than they know.
        IPNetwork whole = new(address, prefix);
        return whole.BaseAddress.Equals(address) ? null : $"it must begin with the network's first address: {whole}";
    }

    private static void RequireAccount(string name, AccountSettings account, List<string> errors)
    {
        if (account.User.Length == 0)
            errors.Add($"Database:{name}:User is empty.");
        RequireFile($"Database:{name}:PasswordFile", account.PasswordFile, "the file with that account's password", errors);
    }

    private static void RequireFile(string key, string path, string what, List<string> errors)
    {
        if (path.Length == 0)
            errors.Add($"{key} is empty; it names {what}.");
        else if (!File.Exists(path))
            errors.Add($"{key} is '{path}', and there is no such file; it names {what}.");
    }
}
