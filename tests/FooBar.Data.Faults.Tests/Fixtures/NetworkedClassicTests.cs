using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

public sealed class NetworkedClassicTests(NetworkedClassicFixture fixture) : NetworkedClusterTests(fixture), IClassFixture<NetworkedClassicFixture>
{
    [Fact]
    public async Task Cut_ReplicaFromThePrimary_TheOtherOneGoesOnAndItCatchesUp()
    {
        int primary = await Cluster.PrimaryAsync();
        (int cut, int other) = ((primary + 1) % 3, (primary + 2) % 3);
        await Network.CutAsync(NetworkEnd.Member(primary), NetworkEnd.Member(cut));
        int note = await InsertAsync(primary);

        await UntilAsync(async () => await TextAsync(other, note) is not null, "the other replica has it");
        await UntilAsync(
            async () => await Cluster.QueryAsync(cut, "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status") == "CONNECTING",
            "the one cut off gives its source up");
        Assert.Null(await TextAsync(cut, note));

        await Network.HealAsync();
        await Cluster.HealAsync();
        Assert.NotNull(await TextAsync(cut, note));
    }

    [Fact]
    public async Task Disk_FullOfBinaryLog_CommitWaitsForRoom_AndHealMakesIt()
    {
        int primary = await Cluster.PrimaryAsync();
        Cluster.Members[primary].Disk!.Fill();
        Task inserts = FillAsync(primary);
        await UntilAsync(() => Task.FromResult(inserts.IsCompleted || Cluster.Members[primary].ErrorLog.Contains("Disk is full", StringComparison.Ordinal)), "the server knows");
        Assert.False(inserts.IsCompleted, $"{inserts.Exception}");

        await Cluster.HealAsync();

        await Task.WhenAny(inserts);
        int note = await InsertAsync(await Cluster.PrimaryAsync());
        await UntilAsync(async () => await TextAsync((primary + 1) % 3, note) is not null, "the cluster goes on");
    }
}
