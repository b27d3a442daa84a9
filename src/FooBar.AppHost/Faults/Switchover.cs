using FooBar.AppHost.Databases;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Faults;

/// <summary>Makes another member the primary, in order: nothing is lost, and writers wait for a moment.</summary>
internal static class Switchover
{
    /// <summary>How long the old primary's open transactions may take before their sessions are closed, in seconds.</summary>
    private const int TransactionPatience = 5;

    /// <exception cref="FoobarException">It is no member that is online, or the group refused.</exception>
    public static async Task<string> RunAsync(RunningStack stack, string name, CancellationToken cancellationToken)
    {
        ChildRecord member = stack.Find(name);
        if (member.Kind != "db")
        {
            throw new FoobarException($"{name} is no database member: there are {string.Join(", ", stack.Record.Children.Where(child => child.Kind == "db").Select(child => child.Name))}.");
        }

        if (stack.FindLiving(name).IsStopped)
        {
            throw new FoobarException($"{name} is stopped and cannot become the primary. ./foobar fault cont {name} lets it go on.");
        }

        MySqlClient client = stack.Client(member);
        IReadOnlyList<string[]> own = await client.QueryAsync(
            "SELECT member_id, member_state, member_role FROM performance_schema.replication_group_members WHERE member_id = @@server_uuid", cancellationToken);
        if (own.Count == 0 || own[0][1] != "ONLINE")
        {
            throw new FoobarException($"{name} is {(own.Count == 0 ? "offline" : own[0][1].ToLowerInvariant())}: only a member that is online can become the primary. See ./foobar status.");
        }

        if (own[0][2] == "PRIMARY")
        {
            return $"{name} is the primary already";
        }

        long started = TimeProvider.System.GetTimestamp();
        await client.QueryAsync($"SELECT group_replication_set_as_primary('{own[0][0]}', {TransactionPatience})", cancellationToken);
        return $"{name} became the primary within {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.00} s";
    }
}
