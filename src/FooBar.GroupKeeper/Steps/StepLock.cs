using System.Globalization;
using FooBar.MySql;

namespace FooBar.GroupKeeper.Steps;

/// <summary>
/// A lock that a server holds for one session (GET_LOCK). Whoever forms the group holds it on every member that counts, and whoever joins
/// holds it on itself and on a member of the group: two that form the group have a member in common, and so have two that join by the same
/// member. The server lets go of it when the session ends, that is, not before the statement that the session is at; the session of a host that
/// lost its power says nothing, and ends after <see cref="LongestIdle"/>.
/// </summary>
internal static class StepLock
{
    public const string Name = "foobar-keeper";

    /// <summary>Longer than any step: by default a server would keep the lock of a dead host for eight hours.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(4);

    /// <summary>Whether the session has it now; another session's is not waited for.</summary>
    public static async Task<bool> TakeAsync(MySqlConnection session, CancellationToken cancellationToken)
    {
        await using MySqlCommand command = session.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {LongestIdle.TotalSeconds:0}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        command.CommandText = $"SELECT IFNULL(GET_LOCK('{Name}', 0), 0)";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) == 1;
    }
}
