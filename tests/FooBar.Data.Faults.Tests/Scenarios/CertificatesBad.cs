using FooBar.Data.Faults.Tests.Play;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>11: a server comes back with a certificate that does not prove who it is. It is left out, and the log names it.</summary>
internal static class CertificatesBad
{
    public static IEnumerable<Scenario> All =>
    [
        new(11, "replica with an expired certificate", scene => ReplicaAsync(scene, certificates => (certificates.ExpiredCertificatePath, certificates.ExpiredKeyPath))),
        new(11, "replica with another host's certificate", scene => ReplicaAsync(scene, certificates => (certificates.WrongHostCertificatePath, certificates.WrongHostKeyPath))),
    ];

    private static async Task ReplicaAsync(Scene scene, Func<MySqlCertificates, (string Certificate, string Key)> choose)
    {
        scene.PromiseNobodySees();
        int victim = (await scene.PrimaryAsync() + 1) % 3;
        (string certificate, string key) = choose(scene.Cluster.Members[victim].Certificates);
        await scene.Cluster.KillAsync(victim);
        await scene.Cluster.RestartAsync(victim, $"ssl-cert={certificate}", $"ssl-key={key}");
        await scene.UntilAsync(topology => topology.Nodes[victim] is { Role: NodeRole.Offline, Reason: { } reason } && reason.Contains("certificate", StringComparison.OrdinalIgnoreCase));
        await scene.MoreAsync(300);
        Assert.All(scene.Applications, application => Assert.Contains(
            application.Log.TextsOf(3000), text => text.StartsWith($"Node db-{victim + 1} was Replica and is now Offline", StringComparison.Ordinal)));
        await scene.HealAsync();
    }
}
