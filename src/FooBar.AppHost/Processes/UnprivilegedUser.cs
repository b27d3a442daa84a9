namespace FooBar.AppHost.Processes;

/// <summary>Whom root's database servers run as: mysqld refuses to be root, and should not be.</summary>
internal static class UnprivilegedUser
{
    public const string Name = "nobody";
    public const string Group = "nogroup";

    /// <summary>The user for a process that must not be root; null when we are not root ourselves.</summary>
    public static string? ForDatabase => Environment.IsPrivilegedProcess ? Name : null;
}
