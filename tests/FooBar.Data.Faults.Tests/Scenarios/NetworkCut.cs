using FooBar.Data.Faults.Tests.Play;
using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>6: packets are lost, one way, or between a minority with an application in it and the rest.</summary>
internal static class NetworkCut
{
    /// <summary>Behind it a server that nobody hears has been given up by all, also by a group's others (5 s) and by itself (10 s).</summary>
    private const int Long = 12;

    public static IEnumerable<Scenario> All =>
    [
        new(6, "answers of the primary to one application lost", scene => OneWayAsync(scene, NetworkEnd.Member, answers: true)) { NeedsNamespaces = true },
        new(6, "packets of one application to the primary lost", scene => OneWayAsync(scene, NetworkEnd.Member, answers: false)) { NeedsNamespaces = true },
        new(6, "one-way loss between the primary and a replica", MembersAsync) { NeedsNamespaces = true },
        new(6, "primary cut off with an application", scene => MinorityAsync(scene, withPrimary: true)) { NeedsNamespaces = true },
        new(6, "replica cut off with an application", scene => MinorityAsync(scene, withPrimary: false)) { NeedsNamespaces = true },
    ];

    /// <summary>
    /// The servers see each other, so that nobody else becomes the primary: the one application has none until the packets pass again, and the
    /// other one goes on. What the one has sent may be done, and its answer lost.
    /// </summary>
    private static async Task OneWayAsync(Scene scene, Func<int, NetworkEnd> member, bool answers)
    {
        int primary = await scene.PrimaryAsync();
        (NetworkEnd from, NetworkEnd to) = answers ? (member(primary), NetworkEnd.Client(1)) : (NetworkEnd.Client(1), member(primary));
        await scene.Network.DropAsync(from, to);
        RealDatabase cut = scene.Applications[1];
        await cut.UntilAsync(topology => topology.Nodes[primary].Role == NodeRole.Offline);
        await scene.MoreAsync();
        Assert.NotNull(scene.Application.Database.Topology.Primary);
        await scene.HealAsync();
    }

    private static async Task MembersAsync(Scene scene)
    {
        int primary = await scene.PrimaryAsync();
        await scene.Network.DropAsync(NetworkEnd.Member(primary), NetworkEnd.Member((primary + 1) % 3));
        await PassAsync(scene, Long);
        await scene.HealAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>
    /// The application inside must not acknowledge what the others do not get, nor pass off what it sees as new: the history's checker knows what was
    /// acknowledged outside. A primary of classic replication knows of nobody, and goes on with its application; the others wait for it.
    /// </summary>
    private static async Task MinorityAsync(Scene scene, bool withPrimary)
    {
        int primary = await scene.PrimaryAsync();
        int member = withPrimary ? primary : (primary + 1) % 3;
        await scene.Network.IsolateAsync(NetworkEnd.Member(member), NetworkEnd.Client(1));
        RealDatabase inside = scene.Applications[1];
        await inside.UntilAsync(topology => topology.Nodes.Where((_, i) => i != member).All(node => node.Role == NodeRole.Offline));
        if (scene.IsGroup)
        {
            await inside.UntilAsync(topology => topology.Primary is null && topology.Nodes[member].Role == NodeRole.Unknown);
            await scene.Application.UntilAsync(topology => topology.Primary is { } next && next.Name != $"db-{member + 1}");
            await scene.MoreAsync(300);
        }
        else
        {
            await PassAsync(scene, Long);
        }

        await scene.HealAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Lets the load go on for a while: what a fault does when it is left alone is what is looked at.</summary>
    private static async Task PassAsync(Scene scene, int seconds)
    {
        long since = Scene.Now;
        await scene.UntilAsync(() => Task.FromResult(TimeProvider.System.GetElapsedTime(since).TotalSeconds >= seconds), "the time has passed");
    }
}
