using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper;

/// <summary>Says what has changed, each thing once an incident: what is tried again and again is no news. Not thread-safe.</summary>
internal sealed class Bulletin(Membership group, ILogger logger)
{
    private readonly HashSet<string> _told = [];
    private readonly bool?[] _answers = new bool?[group.Count];
    private string _own = "unknown";
    private bool _whole;

    /// <summary>Whether the own member answered the last look and not the one before.</summary>
    public bool OwnCameBack { get; private set; }

    /// <summary>Tells who has begun or ceased to answer, and what the own member has become.</summary>
    public void Tell(IReadOnlyList<MemberLook?> looks, IReadOnlyList<string?> failures)
    {
        OwnCameBack = looks[group.Own] is not null && _answers[group.Own] != true;
        foreach (int member in group.All)
        {
            bool answers = looks[member] is not null;
            if (_answers[member] == answers)
            {
                continue;
            }

            if (!answers)
            {
                KeeperLog.Silent(logger, group.Name(member), failures[member] ?? "it said nothing");
            }
            else if (_answers[member] is not null)
            {
                KeeperLog.Answers(logger, group.Name(member));
            }

            _answers[member] = answers;
        }

        string own = looks[group.Own] is { } look ? Describe(look) : "silent";
        if (own != _own)
        {
            KeeperLog.OwnChanged(logger, group.Name(group.Own), _own, own);
            _own = own;
        }
    }

    /// <summary>Tells the next step. What a divergent member holds and the group lacks is asked for only then.</summary>
    public async Task TellAsync(NextStep step, Func<Task<string>> lacking)
    {
        bool whole = step is { Kind: StepKind.None, Why: "" };
        if (whole && !_whole)
        {
            KeeperLog.Whole(logger, group.Name(group.Own));
            _told.Clear();
        }

        _whole = whole;
        if (whole)
        {
            return;
        }

        string kind = step.Kind.ToString();
        if (!_told.Add($"{kind} {step.Why}"))
        {
            return;
        }

        string member = group.Name(group.Own);
        switch (step.Kind)
        {
            case StepKind.Divergent:
                KeeperLog.Divergent(logger, step.Why, await lacking());
                break;
            case StepKind.Divided:
                KeeperLog.Divided(logger, step.Why);
                break;
            case StepKind.None:
                KeeperLog.Inside(logger, member, step.Why);
                break;
            default:
                LogLevel level = step.Kind is StepKind.Leave or StepKind.Disarm or StepKind.Form ? LogLevel.Warning : LogLevel.Information;
                KeeperLog.Next(logger, level, member, kind, step.Why);
                break;
        }
    }

    private static string Describe(MemberLook look) =>
        look.IsOut || look.State == "RECOVERING" ? look.State : !look.IsInQuorum ? $"{look.State} without a majority" : $"{look.State} {look.Role}";
}
