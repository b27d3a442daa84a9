using FooBar.AppHost.Processes;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// Which processes of the members may be in a group: only one that has been told to form it or to join it is ever in any. Where this is not certain,
/// one counts as told. Not thread-safe.
/// </summary>
/// <param name="children">The members' processes, started; those that run now may have been told before.</param>
internal sealed class ToldMembers(IReadOnlyList<SupervisedChild> children)
{
    private readonly ChildProcess?[] _told = [.. children.Select(child => child.Process)];

    /// <summary>A member has been told, or may have been. Call it when that is over, whatever came of it: no later process has heard of it.</summary>
    public void Note(int member) => _told[member] = children[member].Process;

    /// <summary>The process says that it is in a group: somebody else has told it.</summary>
    public void NoteInGroup(int member, ChildProcess process) => _told[member] = process;

    /// <summary>
    /// The members whose process has ended since they were told, whatever runs in its place now. Not those that are held down: they will not be there
    /// soon, and what is left of their group may be read meanwhile.
    /// </summary>
    /// <param name="asked">The processes that were the members' when they were last asked how they are.</param>
    public HashSet<int> Ended(IReadOnlyList<ChildProcess> asked) =>
    [
        .. Enumerable.Range(0, asked.Count).Where(
            member => (asked[member] != _told[member] || asked[member].HasExited) && children[member].Condition != ChildCondition.Held),
    ];
}
