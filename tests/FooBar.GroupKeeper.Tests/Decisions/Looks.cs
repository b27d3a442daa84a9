using FooBar.Data;
using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Tests.Decisions;

/// <summary>What three members, db-1 to db-3, say in tables. Everything they hold is of one source, as numbers: <c>1-9</c>.</summary>
internal static class Look
{
    public const MemberLook? Silent = null;
    private const string Source = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";

    /// <summary>The members, of falling weight; the own one by its place.</summary>
    public static Membership Members(int own) => new(["db-1", "db-2", "db-3"], [60, 50, 40], own);

    public static MemberLook Offline(string known = "1-9") => new("OFFLINE", "", [new(-1, "OFFLINE", "")], Set(known));

    public static MemberLook Error(string known = "1-9") => new("ERROR", "", [new(-1, "ERROR", "")], Set(known)) { OfflineMode = true };

    /// <summary>A member that is in a view: by each member's place its state, null for one that the view lacks.</summary>
    public static MemberLook In(int own, params string?[] states) => Knowing(own, "1-9", states);

    public static MemberLook Knowing(int own, string known, params string?[] states)
    {
        SeenMember[] view = [.. states.Index().Where(state => state.Item is not null).Select(state => new SeenMember(state.Index, state.Item!, state.Index == 0 ? "PRIMARY" : "SECONDARY"))];
        return new(states[own]!, own == 0 ? "PRIMARY" : "SECONDARY", view, Set(known));
    }

    public static IReadOnlySet<int> Places(params int[] places) => places.ToHashSet();

    private static GtidSet Set(string numbers) => numbers.Length == 0 ? GtidSet.Empty : GtidSet.Parse($"{Source}:{numbers}");
}
