namespace FooBar.GroupKeeper.Settings;

/// <summary>The password that a statement has to carry, because a replication channel takes no file.</summary>
internal static class ReplicationPassword
{
    /// <summary>The first line of the account's file, read anew each time so that a rotated one is used.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string Read(AccountSettings account) => File.ReadLines(account.PasswordFile).FirstOrDefault() ?? string.Empty;
}
