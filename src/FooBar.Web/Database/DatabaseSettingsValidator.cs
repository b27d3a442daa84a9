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

        for (int i = 0; i < options.Nodes.Count; i++)
        {
            NodeSettings node = options.Nodes[i];
            if (node.Name.Length == 0)
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
