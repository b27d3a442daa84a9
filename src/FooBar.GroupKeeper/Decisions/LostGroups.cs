using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Decisions;

/// <summary>Which members are in a group that will not have a majority again.</summary>
internal static class LostGroups
{
    /// <summary>
    /// Members whose view has nobody but such as answer, and of whom half or more are out of every group. Those cannot come back to that
    /// view, only anew and with its majority's consent, so that nothing will be decided there again, whether or not the member has noticed.
    /// The looks are not taken in the same moment: what holds at two in a row is certain.
    /// </summary>
    public static IReadOnlySet<int> Among(IReadOnlyList<MemberLook?> looks) => Enumerable.Range(0, looks.Count).Where(index => IsLost(index, looks)).ToHashSet();

    private static bool IsLost(int index, IReadOnlyList<MemberLook?> looks)
    {
        if (looks[index] is not { IsOut: false } look || look.View.Any(seen => seen.Index < 0 || looks[seen.Index] is null))
        {
            return false;
        }

        bool IsGone(int other) => looks[other]! switch
        {
            // One whose start is under way may be in the view before it knows.
            { State: "OFFLINE" } absent => !absent.IsBusy,

            // It is leaving: the member may see that in a moment, and have its majority among the others.
            { State: "ERROR" } => !look.IsInQuorum,
            _ => false,
        };
        return look.View.Count(seen => seen.Index != index && IsGone(seen.Index)) * 2 >= look.View.Count;
    }
}
