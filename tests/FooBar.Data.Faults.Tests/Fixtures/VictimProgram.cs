using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

/// <summary>A test program with a server in a network, which says what it has and then waits for its end.</summary>
internal static class VictimProgram
{
    public const string Argument = "victim";

    public static async Task<int> MainAsync()
    {
        await using ClusterNetwork network = await ClusterNetwork.CreateAsync(members: 1);
        await using ClassicCluster cluster = await ClassicCluster.StartAsync(network.Places);
        foreach (MySqlServer member in cluster.Members)
            Console.WriteLine($"server {member.ProcessId}");
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        return 0;
    }
}
