using System.Diagnostics;
using FooBar.AppHost.Benchmarks;
using FooBar.Data;
using FooBar.Web.Database;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>The choice of a replica alone, without a server: the one place that knows what the data layer's choice is called.</summary>
internal static class RoutingDecision
{
    private const int Calls = 20_000;

    private const string Written = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-999999,bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1-7";

    /// <summary>Makes choices for so long; returns the nanoseconds and the bytes of one.</summary>
    public static (double Nanoseconds, double Bytes) Measure(DataWorkload workload, TimeSpan duration)
    {
        Func<uint, int> choose = Choice(workload);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long began = Stopwatch.GetTimestamp();
        long chosen = 0;
        uint turn = 0;
        do
        {
            for (int call = 0; call < Calls; call++) chosen += choose(++turn);
        }
        while (Stopwatch.GetElapsedTime(began) < duration);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Board.Require(chosen >= turn);
        return (elapsed.TotalNanoseconds / turn, (double)bytes / turn);
    }

    /// <summary>The choice among a primary and replicas that all hold everything, some of them with work in hand.</summary>
    private static Func<uint, int> Choice(DataWorkload workload)
    {
        Node[] nodes = [.. Enumerable.Range(1, workload.Scale).Select(number => new Node(new($"db-{number}", null!, null!), new MySqlDriverAdapter()))];
        Topology topology = Topology.Unprobed(nodes);
        for (int i = 0; i < workload.Scale; i++)
        {
            bool isPrimary = i == 0;
            MemberReport report = new(
                $"server-{i}", new("ONLINE", isPrimary ? "PRIMARY" : "SECONDARY", workload.Scale, workload.Scale), default, !isPrimary, !isPrimary, GtidSet.Parse(Written));
            topology = topology.With(state => state.Node == nodes[i] ? state.Answered(report, startedAt: 1) : state);
            for (int hold = 0; hold < i % 3; hold++) nodes[i].Work.Begin(long.MaxValue, CancellationToken.None);
        }

        GtidSet required = workload.Operation == DataWorkload.DecisionWithToken ? GtidSet.Parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:4711") : GtidSet.Empty;
        RoutingMoment moment = new(TimeProvider.System.GetTimestamp(), TimeProvider.System, null);
        return turn => ReplicaChoice.Among(topology.States, required, turn, moment).Node is null ? 0 : 1;
    }
}
