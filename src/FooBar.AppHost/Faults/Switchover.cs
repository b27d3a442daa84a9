using FooBar.AppHost.State;
using FooBar.Data;

namespace FooBar.AppHost.Faults;

/// <summary>Makes another member the primary, in order: nothing is lost, and writers wait for a moment. The data layer does it.</summary>
internal static class Switchover
{
    /// <exception cref="FoobarException">It is no member that is online, or the members refused.</exception>
    public static async Task<string> RunAsync(RunningStack stack, string name, CancellationToken cancellationToken)
    {
        ChildRecord member = stack.Find(name);
        ChildRecord[] members = [.. stack.Record.Children.Where(child => child.Kind == "db")];
        if (member.Kind != "db")
        {
            throw new FoobarException($"{name} is no database member: there are {string.Join(", ", members.Select(child => child.Name))}.");
        }

        if (stack.FindLiving(name).IsStopped)
        {
            throw new FoobarException($"{name} is stopped and cannot become the primary. ./foobar fault cont {name} lets it go on.");
        }

        (string role, string state) = await stack.MemberAsync(member, cancellationToken);
        if (role == "primary")
        {
            return $"{name} is the primary already";
        }

        // A primary that a switchover had closed when it was cut off, and that may be opened again, is read-only; where a replica has no connection
        // to its primary, the data layer says why there is nobody to take over from.
        if (state is not ("online" or "read-only" or "connecting"))
        {
            throw new FoobarException($"{name} is {state}: only a member that is online can become the primary. See ./foobar status.");
        }

        await using StackDatabase database = stack.Database(members);
        SwitchoverResult done = await database.SwitchOverAsync(name, cancellationToken);
        return $"{name} became the primary, after {done.WithoutPrimary.TotalSeconds:0.00} s without writes{string.Concat(done.NotFollowing.Select(other => $"; it is not followed yet by {other.TrimEnd('.')}"))}";
    }
}
