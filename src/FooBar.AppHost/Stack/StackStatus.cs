using System.Text.Json;
using System.Text.Json.Serialization;
using FooBar.AppHost.Databases;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;
using FooBar.Data;

namespace FooBar.AppHost.Stack;

/// <summary>The gateway in <c>status --json</c>. State: <c>ready</c>, <c>not ready</c>, or why it can answer nothing: <c>stopped</c> (by a signal), <c>restarting</c>, <c>held</c> (down on request) or <c>dead</c>.</summary>
internal sealed record GatewayStatus(string? Url, string? Admin, int Pid, string State);

/// <summary>A web instance in <c>status --json</c>. State: as the gateway's.</summary>
internal sealed record WebStatus(string Name, string? Url, string? Admin, int Pid, string State);

/// <summary>A database member in <c>status --json</c>. Role: <c>primary</c>, <c>replica</c> or <c>none</c>; state: in a group MySQL's MEMBER_STATE in small letters or <c>no majority</c>; in classic replication <c>online</c>, <c>connecting</c>, <c>not receiving</c>, <c>not applying</c>, <c>writable</c> (a replica that is not closed) or <c>read-only</c> (it follows nobody and takes no writes); or why it can answer nothing, as the gateway's.</summary>
internal sealed record DbStatus(string Name, string? Host, int Port, string Role, string State, int Pid);

/// <summary>A server with an address alone in <c>status --json</c>; people also see its process. State: <c>running</c>, or why not, as the gateway's.</summary>
internal sealed record ServerStatus(string? Url, [property: JsonIgnore] int Pid, [property: JsonIgnore] string State);

/// <summary>The answer of <c>status --json</c>: the shape that scripts rely on. A part that does not run is null.</summary>
internal sealed record StackStatus(GatewayStatus? Gateway, IReadOnlyList<WebStatus> Web, IReadOnlyList<DbStatus> Db, ServerStatus? Prometheus, ServerStatus? Alertmanager)
{
    /// <summary>Most of it is for this process, which has just begun: of 3 s on a busy machine, nothing was left for a member.</summary>
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    public static StackStatus Nothing { get; } = new(null, [], [], null, null);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Asks every process of a recorded stack how it is, all at once, ten seconds at most.</summary>
    public static async Task<StackStatus> InspectAsync(StackRecord record, StateFolder state, HttpClient http, CancellationToken cancellationToken)
    {
        Task<Dictionary<int, (string Role, string State)>> members = MembersAsync(record, state, cancellationToken);
        List<(ChildRecord Child, Task<string> Ready)> probes = [.. record.Children.Where(child => child.Admin is not null).Select(child => (child, ReadyAsync(child, http, cancellationToken)))];
        GatewayStatus? gateway = null;
        List<WebStatus> web = [];
        foreach ((ChildRecord child, Task<string> ready) in probes)
        {
            if (child.Kind == "gateway")
            {
                gateway = new GatewayStatus(child.Url, child.Admin, child.Process?.Id ?? 0, await ready);
            }
            else
            {
                web.Add(new WebStatus(child.Name, child.Url, child.Admin, child.Process?.Id ?? 0, await ready));
            }
        }

        Dictionary<int, (string Role, string State)> known = await members;
        DbStatus[] db = [.. record.Children.Where(child => child.Kind == "db").Select(child =>
        {
            (string role, string memberState) = Unusable(child) is { } why ? ("none", why) : known.GetValueOrDefault(child.Port, ("none", "offline"));
            return new DbStatus(child.Name, child.Host, child.Port, role, memberState, child.Process?.Id ?? 0);
        })];
        ChildRecord? prometheus = record.Children.FirstOrDefault(child => child.Kind == "prometheus");
        return new StackStatus(gateway, [.. web.OrderBy(instance => instance.Name, StringComparer.Ordinal)], db, prometheus is null ? null : new ServerStatus(prometheus.Url, prometheus.Process?.Id ?? 0, Unusable(prometheus) ?? "running"), null);
    }

    /// <summary>Why a process can answer nothing; null when it may.</summary>
    private static string? Unusable(ChildRecord child) =>
        child.Process?.IsAlive != true ? child.Condition switch { ChildCondition.Held => "held", ChildCondition.Restarting => "restarting", _ => "dead" }
        : child.Process.IsStopped ? "stopped"
        : null;

    private static async Task<string> ReadyAsync(ChildRecord child, HttpClient http, CancellationToken cancellationToken)
    {
        if (Unusable(child) is { } why)
        {
            return why;
        }

        try
        {
            using HttpResponseMessage answer = await http.GetAsync($"{child.Admin}/health/ready", cancellationToken);
            return answer.IsSuccessStatusCode ? "ready" : "not ready";
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return "not ready";
        }
    }

    /// <summary>
    /// What each member says of itself, by port. The others' view of it may be seconds old: a member that was killed and started again is
    /// online to them until they notice.
    /// </summary>
    private static async Task<Dictionary<int, (string Role, string State)>> MembersAsync(StackRecord record, StateFolder state, CancellationToken cancellationToken)
    {
        ChildRecord[] members = record.MySqlHome is null ? [] : [.. record.Children.Where(child => child.Kind == "db" && Unusable(child) is null)];
        (int Port, (string, string)? Said)[] answers = await Task.WhenAll(members.Select(async member => (member.Port, await MemberAsync(member, record.Replication, state, cancellationToken))));
        return answers.Where(answer => answer.Said is not null).ToDictionary(answer => answer.Port, answer => answer.Said!.Value);
    }

    /// <summary>Role and state of a member by its own word; null when it does not answer in time.</summary>
    public static async Task<(string Role, string State)?> MemberAsync(ChildRecord member, ReplicationMode mode, StateFolder state, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        try
        {
            MySqlClient client = new(state, new Secrets(state), member.Port);
            return mode == ReplicationMode.Group
                ? MemberReport.Read(await client.QueryAsync(MemberReport.Query, deadline.Token)).ForPeople()
                : ReplicaReport.Read(await client.QueryAsync(ReplicaReport.Query, deadline.Token)).ForPeople();
        }
        catch (Exception exception) when (exception is FoobarException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
