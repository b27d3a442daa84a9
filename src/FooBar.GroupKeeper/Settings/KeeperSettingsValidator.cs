using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace FooBar.GroupKeeper.Settings;

/// <summary>Says everything that is wrong with the section at once, at start.</summary>
internal sealed partial class KeeperSettingsValidator : IValidateOptions<KeeperSettings>
{
    private const int MostMembers = 9;

    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, KeeperSettings options)
    {
        List<string> errors = [];
        if (options.Members.Count is 0 or > MostMembers)
        {
            errors.Add($"Keeper:Members has {options.Members.Count} members; it must have 1 to {MostMembers}, with Keeper:Members:0:Name, :Host and :Port and so on.");
        }
        else if (options.Own() < 0)
        {
            errors.Add($"Keeper:Name is '{options.Name}'; it must be one of Keeper:Members: {string.Join(", ", options.Members.Select(member => member.Name))}.");
        }

        foreach ((int index, MemberSettings member) in options.Members.Index())
        {
            RequireMember(index, member, errors);
        }

        foreach (IGrouping<string, MemberSettings> same in options.Members.GroupBy(member => member.Name).Where(group => group.Count() > 1))
        {
            errors.Add($"Keeper:Members has {same.Count()} members named '{same.Key}'; names must be unique.");
        }

        foreach (IGrouping<string, MemberSettings> same in options.Members.GroupBy(member => $"{member.Host}:{member.Port}").Where(group => group.Count() > 1))
        {
            errors.Add($"Keeper:Members has {string.Join(" and ", same.Select(member => $"'{member.Name}'"))} both at {same.Key}; each is a server of its own.");
        }

        RequireFile("Keeper:CaPath", options.CaPath, "the PEM file of the authority that signed the servers' certificates", errors);
        RequireAccount("Local", options.Local, errors);
        RequireAccount("Peer", options.Peer, errors);
        if (RequireAccount("Replication", options.Replication, errors))
        {
            RequireLiteral(options.Replication, errors);
        }

        if (options.StatePath.Length == 0)
        {
            errors.Add("Keeper:StatePath is empty; it names the folder for what outlives this process.");
        }
        else if (!Directory.Exists(options.StatePath))
        {
            errors.Add($"Keeper:StatePath is '{options.StatePath}', and there is no such folder; it names the one for what outlives this process.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void RequireMember(int index, MemberSettings member, List<string> errors)
    {
        // A name is a word of file, order and label.
        if (!MemberName().IsMatch(member.Name))
        {
            errors.Add($"Keeper:Members:{index}:Name is '{member.Name}'; it must be 1 to 63 letters, digits, '-', '_' or '.', e.g. db-1.");
        }

        if (member.Host.Length == 0)
        {
            errors.Add($"Keeper:Members:{index}:Host is empty; it names the server as its certificate and its report_host do.");
        }

        if (member.Port is < 1 or > 65_535)
        {
            errors.Add($"Keeper:Members:{index}:Port is {member.Port}; it must be between 1 and 65535.");
        }

        if (member.GroupPort is < 1 or > 65_535)
        {
            errors.Add($"Keeper:Members:{index}:GroupPort is {member.GroupPort}; it must be between 1 and 65535.");
        }

        if (member.Weight is < 0 or > 100)
        {
            errors.Add($"Keeper:Members:{index}:Weight is {member.Weight}; it must be between 0 and 100.");
        }
    }

    /// <summary>START GROUP_REPLICATION takes no parameters: user and password are written into the statement, so nothing in them may end a literal.</summary>
    private static void RequireLiteral(AccountSettings account, List<string> errors)
    {
        if (!Literal().IsMatch(account.User))
        {
            errors.Add($"Keeper:Replication:User is '{account.User}'; it must be of printable ASCII without ' and \\.");
        }

        if (!Literal().IsMatch(ReplicationPassword.Read(account)))
        {
            errors.Add($"Keeper:Replication:PasswordFile is '{account.PasswordFile}'; its first line must be 1 to 32 printable ASCII characters without ' and \\.");
        }
    }

    private static bool RequireAccount(string name, AccountSettings account, List<string> errors)
    {
        if (account.User.Length == 0)
        {
            errors.Add($"Keeper:{name}:User is empty.");
        }

        return RequireFile($"Keeper:{name}:PasswordFile", account.PasswordFile, "the file with that account's password", errors) && account.User.Length > 0;
    }

    private static bool RequireFile(string key, string path, string what, List<string> errors)
    {
        if (path.Length == 0)
        {
            errors.Add($"{key} is empty; it names {what}.");
            return false;
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add($"{key} is '{path}', and there is no such file; it names {what}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{key} is '{path}', which cannot be read; it names {what}.");
        }

        return false;
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,63}$")]
    private static partial Regex MemberName();

    // A replication channel takes passwords of 32 characters at most (MySQL manual, "START GROUP_REPLICATION Statement").
    [GeneratedRegex(@"^[ -&(-\[\]-~]{1,32}$")]
    private static partial Regex Literal();
}
