using FooBar.Data;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Decisions;

/// <summary>What the own member needs.</summary>
internal enum StepKind
{
    /// <summary>Nothing: it is in the group.</summary>
    None,

    /// <summary>Nothing can be done yet.</summary>
    Wait,

    /// <summary>Before it may join, the group must notice that a member has left it.</summary>
    Notice,

    /// <summary>It must leave what is left of its group, and be open again: only who is in no group can form one or join.</summary>
    Leave,

    /// <summary>A start that was given up has left it ready to form a group by itself: that must be taken back.</summary>
    Disarm,

    /// <summary>It may join the group.</summary>
    Join,

    /// <summary>There is no group, everyone has answered, and it holds what all of them hold: it forms the group.</summary>
    Form,

    /// <summary>It holds transactions that the group lacks and must not join. A person decides.</summary>
    Divergent,

    /// <summary>There is no group, and nobody holds what all hold. A person decides.</summary>
    Divided,
}

/// <summary>The next step of the own member: a pure function of what all members say.</summary>
/// <param name="Kind">The step.</param>
/// <param name="Why">What is waited for, or why the step is taken; empty when nothing is left to do.</param>
/// <param name="Witness">A member of the group to join; -1 for other steps.</param>
internal sealed record NextStep(StepKind Kind, string Why, int Witness = -1)
{
    /// <param name="group">The members.</param>
    /// <param name="looks">What each says; null when it does not answer.</param>
    /// <param name="now">What else is known.</param>
    public static NextStep Of(Membership group, IReadOnlyList<MemberLook?> looks, Circumstances now)
    {
        if (looks[group.Own] is not { } own)
        {
            return Wait($"{group.Name(group.Own)} to answer");
        }

        int[] quorate = [.. group.All.Where(index => index != group.Own && looks[index]?.IsInQuorum == true && !now.Lost.Contains(index))];
        if (own.BootstrapArmed && !now.HoldsLocks)
        {
            return new(StepKind.Disarm, "a start that was given up has left group_replication_bootstrap_group on");
        }

        return !own.IsOut ? Inside(group, own, looks, quorate, now)
            : own.State == "ERROR" ? new(StepKind.Leave, "it was thrown out of its group, or has lost it")
            : own.OfflineMode ? new(StepKind.Leave, "offline_mode keeps the others from seeing what it holds")
            : quorate.Length > 0 ? Outside(group, own, looks, quorate, now)
            : NoGroup(group, own, looks, now);
    }

    private static NextStep Inside(Membership group, MemberLook own, IReadOnlyList<MemberLook?> looks, int[] quorate, Circumstances now)
    {
        if (now.Lost.Contains(group.Own))
        {
            return new(StepKind.Leave, "its group will not have a majority again");
        }

        if (own.View.Count == 1)
        {
            if (now.IsJoining)
            {
                return new(StepKind.Leave, "it found nobody in the group that it joined");
            }

            int[] others = [.. quorate.Where(index => !looks[index]!.Sees(group.Own))];
            if (others.Length > 1)
            {
                return new(StepKind.Leave, $"it is alone, and {group.Name(others)} are a group without it");
            }
        }

        // Its view shows a dead member for five seconds more, and one that was restarted meanwhile for as long.
        int[] absent = [.. group.All.Where(index => looks[index]?.State != "ONLINE" || !own.View.Any(seen => seen.Index == index && seen.State == "ONLINE"))];
        return own.IsInQuorum ? new(StepKind.None, absent.Length == 0 ? string.Empty : $"{group.Name(absent)} to come back")
            : own.State == "RECOVERING" ? Wait("what it lacks to arrive from the others")
            : Wait("its majority, or for MySQL to give the group up");
    }

    /// <summary>There is a group, and the own member is not in it.</summary>
    private static NextStep Outside(Membership group, MemberLook own, IReadOnlyList<MemberLook?> looks, int[] quorate, Circumstances now)
    {
        MemberLook witness = looks[quorate[0]]!;
        if (quorate.Any(index => !looks[index]!.SeesTheSameAs(witness)))
        {
            return Wait($"{group.Name(quorate)} to agree on who is in the group");
        }

        // The group would take it in, find out, and throw it out again, six seconds later and every time.
        if (!quorate.Select(index => looks[index]!.Known).Aggregate((all, known) => all.Union(known)).Contains(own.Known))
        {
            return new(StepKind.Divergent, $"{group.Name(group.Own)} holds transactions that {group.Name(quorate)} lack", quorate[0]);
        }

        // The group must have noticed every death: it refuses the dead one that came back, or keeps whoever joins waiting for half a minute.
        bool IsUnnoticed(int index) => witness.Sees(index) && (looks[index] is { } look ? look.IsOut : !now.GivenUp.Contains(index));
        int[] unnoticed = [.. group.All.Where(IsUnnoticed)];
        if (unnoticed.Length > 0)
        {
            return new(StepKind.Notice, $"the group to notice that {group.Name(unnoticed)} had left");
        }

        if (own.IsBusy && !now.HoldsLocks)
        {
            return Wait("the step that has its lock to end");
        }

        // One after the other: of two that join at once, one in twenty waits out the minute that Group Replication gives a view.
        if (quorate.Any(index => looks[index]!.IsBusy) && !now.HoldsLocks)
        {
            return Wait("another member to join");
        }

        int[] recovering = [.. witness.View.Where(seen => seen is { State: "RECOVERING", Index: >= 0 }).Select(seen => seen.Index).Except(now.Slow)];
        if (recovering.Length > 0)
        {
            return Wait($"{group.Name(recovering)} to recover");
        }

        return witness.View.Count == 1 && !now.Settled.Contains(quorate[0])
            ? Wait($"{group.Name(quorate[0])} to be certain of its group")
            : new(StepKind.Join, $"{group.Name(quorate)} {(quorate.Length == 1 ? "is" : "are")} in the group", quorate[0]);
    }

    /// <summary>Nobody who answers is in a group that can decide anything.</summary>
    private static NextStep NoGroup(Membership group, MemberLook own, IReadOnlyList<MemberLook?> looks, Circumstances now)
    {
        // Any of the silent may hold what was acknowledged: at the moment of a power cut only the primary is sure to have it on its disk.
        int[] silent = [.. group.All.Where(index => looks[index] is null && !now.Without.Contains(index))];
        if (silent.Length > 0)
        {
            return Wait($"{group.Name(silent)} to answer: there is no group, and nobody else knows what {(silent.Length == 1 ? "it holds" : "they hold")}");
        }

        int[] answering = [.. group.All.Where(index => looks[index] is not null)];
        // Not even one in ERROR, or one that stops: for half a minute its communication layer lives on, under the group's name. What it had
        // proposed and not decided reached a group that was formed meanwhile, and made two members hold different rows under one GTID.
        int[] leaving = [.. answering.Where(index => looks[index]!.State != "OFFLINE")];
        if (leaving.Length > 0)
        {
            return Wait($"{group.Name(leaving)} to find a majority or to leave what is left of a group");
        }

        if (answering.Any(index => looks[index]!.IsBusy) && !now.HoldsLocks)
        {
            return Wait("another member to form the group");
        }

        GtidSet everything = answering.Select(index => looks[index]!.Known).Aggregate((all, known) => all.Union(known));
        int[] newest = [.. answering.Where(index => looks[index]!.Known.Contains(everything))];
        if (newest.Length == 0)
        {
            return new(StepKind.Divided, $"there is no group, and none of {group.Name(answering)} holds what all of them hold");
        }

        int first = newest.OrderByDescending(index => group.Weights[index]).ThenBy(index => index).First();
        return first == group.Own
            ? new(StepKind.Form, $"there is no group, and nobody holds more than {group.Name(first)}")
            : Wait($"{group.Name(first)} to form the group: nobody holds more");
    }

    private static NextStep Wait(string why) => new(StepKind.Wait, why);
}
