using FooBar.AppHost.Processes;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Faults;

/// <summary>A stack that another process supervises, as somebody sees it who wants to break it: by its record, its orders and signals.</summary>
internal sealed class RunningStack(StateFolder state)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public Orders Orders { get; } = new(state);

    /// <summary>What the supervisor last wrote.</summary>
    /// <exception cref="FoobarException">Nothing is up.</exception>
    public StackRecord Record => StackRecord.ReadLiving(state) switch
    {
        { Phase: "running" } record => record,
        { Phase: var phase } => throw new FoobarException($"the stack in {state.Path} is {phase}. Faults are for one that is up: see ./foobar status."),
        null => throw new FoobarException($"nothing is up in {state.Path}. Start it with ./foobar up."),
    };

    /// <summary>A process by its name.</summary>
    /// <exception cref="FoobarException">There is none of that name.</exception>
    public ChildRecord Find(string name)
    {
        StackRecord record = Record;
        return record.Children.FirstOrDefault(child => child.Name == name)
            ?? throw new FoobarException($"there is no process '{name}'. There are {string.Join(", ", record.Children.Select(child => child.Name).Order(StringComparer.Ordinal))}.");
    }

    /// <summary>The living process of a name.</summary>
    /// <exception cref="FoobarException">It is down.</exception>
    public ProcessIdentity FindLiving(string name)
    {
        ChildRecord child = Find(name);
        return child.Process is { IsAlive: true } process
            ? process
            : throw new FoobarException($"{name} is down{(child.Condition == ChildCondition.Held ? ", held" : string.Empty)}. ./foobar fault restart {name} starts it.");
    }

    /// <summary>Waits for something that can be seen without being told.</summary>
    /// <exception cref="FoobarException">It did not come in time.</exception>
    public static async Task UntilAsync(Func<Task<bool>> seen, TimeSpan within, Func<string> failure, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await seen())
        {
            if (TimeProvider.System.GetElapsedTime(started) > within)
            {
                throw new FoobarException(failure());
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Whether a process does its work again: an instance or the gateway ready, a member online, anything else alive.</summary>
    public async Task<bool> IsWholeAsync(string name, HttpClient http, CancellationToken cancellationToken)
    {
        StackStatus status = await StackStatus.InspectAsync(Record, state, http, cancellationToken);
        return status.Gateway is not null && name == "gateway" ? status.Gateway.State == "ready"
            : status.Web.FirstOrDefault(web => web.Name == name) is { } web ? web.State == "ready"
            : status.Db.FirstOrDefault(db => db.Name == name) is { } db ? db.State == "online"
            : status.Prometheus?.State == "running";
    }

    /// <summary>Role and state of a database member, in the words of <c>./foobar status</c>.</summary>
    public async Task<(string Role, string State)> MemberAsync(ChildRecord member, CancellationToken cancellationToken) =>
        await StackStatus.MemberAsync(member, Record.Replication, state, cancellationToken) ?? ("none", "offline");

    /// <summary>The data layer over its members; the caller disposes of it.</summary>
    public StackDatabase Database(IEnumerable<ChildRecord> members) => new(state, members);
}
