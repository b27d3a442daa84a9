using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Holds which nodes there are: those of the configuration, and, where that is allowed, the members of the group that the proven primary sees
/// besides them. A member that left the group's view is let go after a while. Survives every exception.
/// </summary>
internal sealed class GroupDiscovery(DatabaseOptions options, TopologyMonitor monitor, ILogger logger) : IAsyncDisposable
{
    /// <summary>The time between two looks at the members.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How long a member that was taken on is kept without being seen: longer than a restart takes.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromMinutes(2);

    private const string Query =
        "SELECT MEMBER_ID, MEMBER_HOST, MEMBER_PORT FROM performance_schema.replication_group_members WHERE MEMBER_STATE IN ('ONLINE', 'RECOVERING')";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<(string Host, int Port), Found> _found = [];
    private readonly HashSet<(string Host, int Port, bool HasAddress)> _refused = [];
    private IReadOnlyList<DatabaseNode> _configured = options.Nodes;
    private Task _running = Task.CompletedTask;

    public void Start()
    {
        if (options.Discovery is { } discovery)
            _running = RunAsync(discovery);
    }

    /// <summary>The configuration has these nodes from now on.</summary>
    public void Configure(IReadOnlyList<DatabaseNode> nodes)
    {
        lock (_lock)
        {
            _configured = nodes;
            Apply();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(MemberDiscovery discovery)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Topology? topology = await monitor.WaitForAsync(IsKnown, null, _stop.Token).ConfigureAwait(false);
                // A driver that stays in the call is left in it.
                List<Member> members = await MembersAsync(topology!.Primary!.Node).WaitAsync(Patience + DriverCalls.Grace, _time, _stop.Token).ConfigureAwait(false);
                await TakeOnAsync(discovery, members, topology).ConfigureAwait(false);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is DbException or OperationCanceledException or TimeoutException or IOException or SocketException)
            {
                // The primary is lost: the next look is soon.
            }
            catch (Exception failure)
            {
                DataLog.MonitorFault(logger, "(discovery)", failure);
            }

            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Not before each configured node has been asked: until then nobody knows which of the members it is.</summary>
    private static bool IsKnown(Topology topology) => topology is { Primary: not null, Mode: ReplicationMode.Group }
        && topology.Nodes.All(node => node.ProvenAt is not null || node.Failures > 0);

    private async Task<List<Member>> MembersAsync(Node primary)
    {
        using CancellationTokenSource deadline = DriverDeadline.After(Patience, options.Driver, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        DbConnection connection = await primary.Configuration.Monitor.OpenConnectionAsync(either.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DbCommand command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = Query;
                DbDataReader reader = await command.ExecuteReaderAsync(either.Token).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    List<Member> members = [];
                    // The id is 36 characters, which MySqlConnector takes for a Guid.
                    while (await reader.ReadAsync(either.Token).ConfigureAwait(false))
                        members.Add(new(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!, reader.GetString(1), Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture)));
                    return members;
                }
            }
        }
    }

    private async Task TakeOnAsync(MemberDiscovery discovery, List<Member> members, Topology topology)
    {
        List<Member> allowed = [];
        foreach (Member member in members)
        {
            bool isOurs = topology.Nodes.Any(node => node.ServerUuid == member.Uuid && _configured.Any(configured => configured.Name == node.Name));
            // One that was taken on stays while its name cannot be looked up.
            if (!isOurs && (await IsAllowedAsync(discovery, member).ConfigureAwait(false) ?? _found.ContainsKey((member.Host, member.Port))))
                allowed.Add(member);
        }

        long now = _time.GetTimestamp();
        lock (_lock)
        {
            foreach (Member member in allowed)
            {
                if (_found.TryGetValue((member.Host, member.Port), out Found known))
                    _found[(member.Host, member.Port)] = known with { SeenAt = now };
                else if (discovery.Connect(member.Host, member.Port) is { } node)
                    _found[(member.Host, member.Port)] = new(node, now);
            }

            // One that a configured node turned out to be goes at once, one that left the view after a while.
            foreach (((string Host, int Port) address, Found found) in _found.ToArray())
            {
                bool isOurs = members.Any(member => (member.Host, member.Port) == address) && allowed.All(member => (member.Host, member.Port) != address);
                if (!isOurs && _time.GetElapsedTime(found.SeenAt, now) < Keep)
                    continue;
                _found.Remove(address);
                Apply();
                discovery.Disconnect?.Invoke(found.Node);
            }

            Apply();
        }
    }

    /// <summary>Whether a member is where one must be; null when its name has no address, which is no reason to hold up the other members.</summary>
    private async Task<bool?> IsAllowedAsync(MemberDiscovery discovery, Member member)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(member.Host, out IPAddress? address) ? [address] : await discovery.LookUp(member.Host, _stop.Token).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            if (_refused.Add((member.Host, member.Port, HasAddress: false)))
                DataLog.MemberNotFound(logger, member.Host, member.Port, failure.Message);
            return null;
        }

        bool allowed = addresses.Length > 0 && addresses.All(one => discovery.Networks.Any(network => network.Contains(one)));
        if (!allowed && _refused.Add((member.Host, member.Port, HasAddress: true)))
            DataLog.MemberRefused(logger, member.Host, member.Port, string.Join(", ", addresses.AsEnumerable()));
        return allowed;
    }

    /// <summary>Must be called with the lock held.</summary>
    private void Apply()
    {
        List<DatabaseNode> nodes = [.. _configured, .. _found.Values.Select(found => found.Node).Where(node => _configured.All(other => other.Name != node.Name))];
        if (!nodes.SequenceEqual(monitor.Current.Nodes.Select(state => state.Node.Configuration)))
            monitor.Replace(nodes);
    }

    private sealed record Member(string Uuid, string Host, int Port);

    private readonly record struct Found(DatabaseNode Node, long SeenAt);
}
