using FooBar.Data;

namespace FooBar.GroupKeeper.Looks;

/// <summary>A member as another one sees it.</summary>
/// <param name="Index">Its place in the configuration; -1 for one that is not in it.</param>
/// <param name="State">MySQL's MEMBER_STATE: <c>ONLINE</c>, <c>RECOVERING</c>, <c>UNREACHABLE</c>, <c>ERROR</c> or <c>OFFLINE</c>.</param>
/// <param name="Role">MySQL's MEMBER_ROLE: <c>PRIMARY</c>, <c>SECONDARY</c> or empty.</param>
internal sealed record SeenMember(int Index, string State, string Role);

/// <summary>What one member answers about itself and its group, in one statement. Immutable.</summary>
/// <param name="State">Its own MEMBER_STATE; <c>OFFLINE</c> when it knows of no group.</param>
/// <param name="Role">Its own MEMBER_ROLE.</param>
/// <param name="View">Every member that it sees, itself among them.</param>
/// <param name="Known">What it has executed, or received and not yet applied.</param>
internal sealed record MemberLook(string State, string Role, IReadOnlyList<SeenMember> View, GtidSet Known)
{
    /// <summary>Its <c>offline_mode</c>: MySQL closes a member that lost its group to everyone without CONNECTION_ADMIN.</summary>
    public bool OfflineMode { get; init; }

    /// <summary>Its <c>group_replication_bootstrap_group</c>: its next start would form a group.</summary>
    public bool BootstrapArmed { get; init; }

    /// <summary>Somebody holds its <see cref="Steps.StepLock"/>: it forms a group or joins one, or another member joins its group.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether it is in no group and will not come back to one by itself.</summary>
    public bool IsOut => State is "OFFLINE" or "ERROR";

    /// <summary>Whether it takes part in a group of which it sees a majority: only such a group may be joined.</summary>
    public bool IsInQuorum => State == "ONLINE" && View.Count(member => member.State is "ONLINE" or "RECOVERING") * 2 > View.Count;

    /// <summary>Whether its view has the member in it, in whatever state but ERROR: that one is leaving.</summary>
    public bool Sees(int index) => View.Any(seen => seen.Index == index && seen.State != "ERROR");

    /// <summary>Whether its view has the same members as the other's, in whatever state.</summary>
    public bool SeesTheSameAs(MemberLook other) => View.Select(seen => seen.Index).Order().SequenceEqual(other.View.Select(seen => seen.Index).Order());
}
