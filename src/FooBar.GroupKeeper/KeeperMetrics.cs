using System.Diagnostics.Metrics;
using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper;

/// <summary>Every instrument of the keeper. Labels are bounded: members are configured, everything else is a word of this file.</summary>
internal sealed class KeeperMetrics
{
    /// <summary>The meter's name, for the exporter.</summary>
    public const string MeterName = "FooBar.GroupKeeper";

    private const string Silent = "silent";
    private static readonly string[] States = ["online", "recovering", "unreachable", "error", "offline"];
    private static readonly string[] Roles = ["primary", "secondary", "none"];

    private readonly Membership _group;
    private readonly KeeperRecord _record;
    private readonly Counter<long> _steps;

    public KeeperMetrics(IMeterFactory meters, Membership group, KeeperRecord record)
    {
        (_group, _record) = (group, record);
        Meter meter = meters.Create(MeterName);
        _steps = meter.CreateCounter<long>("group.steps", "{step}", "Steps taken on the own member, by kind and by whether they succeeded.");
        meter.CreateObservableGauge("group.member.state", () => OneOf("state", [.. States, Silent], OwnState()), "{member}", "1 for the state that the own member says it is in, 0 for the others; silent when it does not answer.");
        meter.CreateObservableGauge("group.member.role", () => OneOf("role", Roles, OwnRole()), "{member}", "1 for the role that the own member says it has in a group with a majority, 0 for the others.");
        meter.CreateObservableGauge("group.members", Seen, "{member}", "Members that the own member sees, itself among them, by their state.");
        meter.CreateObservableGauge("group.members.configured", () => group.Count, "{member}", "Members that belong to the group.");
        meter.CreateObservableGauge("group.member.answering", Answering, "{member}", "1 for each member that answered the last look, 0 for who did not.");
        meter.CreateObservableGauge("group.has_quorum", () => Number(record.Own?.IsInQuorum == true), "{group}", "1 when the own member is in a group of which it sees a majority.");
        meter.CreateObservableGauge("group.has_primary", () => Number(HasPrimary()), "{group}", "1 when the own member is in a group of which it sees a majority and an online primary.");
        meter.CreateObservableGauge("group.member.divergent", () => Number(record.Current.Step.Kind == StepKind.Divergent), "{member}", "1 when the own member holds transactions that the group lacks, so that it must not join.");
        meter.CreateObservableGauge("group.divided", () => Number(record.Current.Step.Kind == StepKind.Divided), "{group}", "1 when there is no group and no member holds what all hold, so that nobody may form it.");
        meter.CreateObservableGauge("group.step", () => OneOf("step", [.. Enum.GetValues<StepKind>().Select(Word)], Word(record.Current.Step.Kind)), "{step}", "1 for the step that the own member needs next, 0 for the others.");
        meter.CreateObservableGauge("group.look.age", () => record.Age.TotalSeconds, "s", "Time since the own member last said how it is.");
    }

    public void Step(StepKind kind, bool succeeded) =>
        _steps.Add(1, new("step", Word(kind)), new KeyValuePair<string, object?>("outcome", succeeded ? "done" : "failed"));

    // A word that MySQL may add one day is not a label of its own.
    private string OwnState() => _record.Own is { } own ? States.FirstOrDefault(state => state.Equals(own.State, StringComparison.OrdinalIgnoreCase), "offline") : Silent;

    private string OwnRole() => _record.Own is { IsInQuorum: true } own ? Roles.FirstOrDefault(role => role.Equals(own.Role, StringComparison.OrdinalIgnoreCase), "none") : "none";

    private bool HasPrimary() => _record.Own is { IsInQuorum: true } own && own.View.Any(seen => seen is { Role: "PRIMARY", State: "ONLINE" });

    private IEnumerable<Measurement<int>> Seen()
    {
        IReadOnlyList<SeenMember> view = _record.Own?.View ?? [];
        foreach (string state in States)
        {
            yield return new(view.Count(seen => seen.State.Equals(state, StringComparison.OrdinalIgnoreCase)), new KeyValuePair<string, object?>("state", state));
        }
    }

    private IEnumerable<Measurement<int>> Answering()
    {
        KeeperState state = _record.Current;
        foreach (int member in _group.All)
        {
            yield return new(Number(state.Looks[member] is not null), new KeyValuePair<string, object?>("member", _group.Name(member)));
        }
    }

    private static IEnumerable<Measurement<int>> OneOf(string label, IEnumerable<string> words, string current)
    {
        foreach (string word in words)
        {
            yield return new(Number(word == current), new KeyValuePair<string, object?>(label, word));
        }
    }

    private static string Word(StepKind kind) => kind.ToString().ToLowerInvariant();

    private static int Number(bool value) => value ? 1 : 0;
}
