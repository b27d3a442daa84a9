using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Settings;
using FooBar.ServiceDefaults;

namespace FooBar.GroupKeeper.Orders;

/// <summary>
/// <c>FooBar.GroupKeeper --form-without NAME[,NAME]</c>: leaves the order for the process that runs with the same settings. Of those it needs
/// <c>Keeper:Name</c>, <c>Keeper:Members</c> and <c>Keeper:StatePath</c>; it opens no connection and reads no secret.
/// </summary>
internal static class FormOrderCommand
{
    public const string Option = "--form-without";

    /// <summary>Leaves the order. Returns the exit code: 0 when it is left, 1 with a line on standard error when it is not.</summary>
    public static int Run(string[] args)
    {
        try
        {
            // An option without its value would take the next argument for it.
            string names = args.Length == 0 || args[0].StartsWith('-') ? string.Empty : args[0];
            KeeperSettings settings = new();
            new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. args.Skip(1)]).Build().GetSection(KeeperSettings.Section).Bind(settings);
            if (settings.Own() < 0 || !Directory.Exists(settings.StatePath))
            {
                return Refuse($"{Option} needs the settings of the process that runs: Keeper:Name is '{settings.Name}', Keeper:StatePath is '{settings.StatePath}', "
                    + $"Keeper:Members has {settings.Members.Count} members. Load its environment file first.");
            }

            if (FormOrder.Read(names, Membership.Of(settings)) is { Mistake: { } mistake })
            {
                return Refuse($"{Option}: {mistake}.");
            }

            FormOrder.Leave(settings.StatePath, names);
            Console.Out.WriteLine($"The order is left for the keeper of {settings.Name}, which says in its log what becomes of it. Give the same order on every host that is left.");
            return 0;
        }
        catch (InvalidOperationException exception)
        {
            return Refuse(BindingMistake.Describe(exception));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refuse(exception.Message);
        }
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }
}
