using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper;

/// <summary>What was seen and decided last. Immutable.</summary>
/// <param name="Looks">What each member said; null for who did not answer.</param>
/// <param name="Step">The step that is next, or under way.</param>
internal sealed record KeeperState(IReadOnlyList<MemberLook?> Looks, NextStep Step);

/// <summary>The <see cref="KeeperState"/> of the moment: written by the keeper alone, read by metrics and health. Thread-safe.</summary>
internal sealed class KeeperRecord(Membership group, TimeProvider time)
{
    private KeeperState _current = new(new MemberLook?[group.Count], new(StepKind.Wait, "the first look"));
    private long _answered = time.GetTimestamp();

    public KeeperState Current => Volatile.Read(ref _current);

    /// <summary>Since the own member's last answer; since the start before the first.</summary>
    public TimeSpan Age => time.GetElapsedTime(Volatile.Read(ref _answered));

    public MemberLook? Own => Current.Looks[group.Own];

    public void Set(KeeperState state)
    {
        if (state.Looks[group.Own] is not null)
        {
            Volatile.Write(ref _answered, time.GetTimestamp());
        }

        Volatile.Write(ref _current, state);
    }
}
