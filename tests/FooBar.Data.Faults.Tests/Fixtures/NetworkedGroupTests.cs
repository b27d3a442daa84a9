using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

public sealed class NetworkedGroupTests(NetworkedGroupFixture fixture) : NetworkedClusterTests(fixture), IClassFixture<NetworkedGroupFixture>
{
    [Fact]
    public async Task Isolate_Primary_TheOthersElectOneAndItStopsTakingWrites()
    {
        int old = await Cluster.PrimaryAsync();
        int other = (old + 1) % 3;
        await Network.IsolateAsync(NetworkEnd.Member(old), NetworkEnd.Client(1));

        await UntilAsync(async () => await StatesAsync(other) == "ONLINE ONLINE", "the others are a group of two");
        string primary = (await Cluster.QueryAsync(other, "SELECT MEMBER_HOST FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY'"))!;
        Assert.NotEqual(Cluster.Members[old].Place.PeerHost, primary);
        await UntilAsync(async () => await Cluster.QueryAsync(old, "SELECT @@super_read_only") == "1", "the one cut off is read-only");
        int next = Enumerable.Range(0, 3).Single(i => Cluster.Members[i].Place.PeerHost == primary);
        int note = await InsertAsync(next);

        await Network.HealAsync();
        long startedAt = TimeProvider.System.GetTimestamp();
        await Cluster.HealAsync();
        Print($"healed in {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0.0} s");

        Assert.Equal("ONLINE ONLINE ONLINE", await StatesAsync(old));
        await UntilAsync(async () => await TextAsync(old, note) is not null, "it holds what it missed");
    }

    [Fact]
    public async Task Disk_Full_CommitWaitsForRoom_AndHealMakesIt()
    {
        int primary = await Cluster.PrimaryAsync();
        Cluster.Members[primary].Disk!.Fill();
        Assert.Equal(0, new DriveInfo(Path.Combine(Cluster.Members[primary].Folder, "data")).AvailableFreeSpace);
        Task inserts = FillAsync(primary);
        await UntilAsync(() => Task.FromResult(inserts.IsCompleted || Cluster.Members[primary].ErrorLog.Contains("Disk is full", StringComparison.Ordinal)), "the server knows");
        Assert.False(inserts.IsCompleted, $"{inserts.Exception}");

        await Cluster.HealAsync();

        await Task.WhenAny(inserts);
        int now = await Cluster.PrimaryAsync();
        int note = await InsertAsync(now);
        await UntilAsync(async () => await TextAsync(primary, note) is not null, "the member goes on");
    }

    private Task<string?> StatesAsync(int member) => Cluster.QueryAsync(
        member, "SELECT GROUP_CONCAT(MEMBER_STATE SEPARATOR ' ') FROM performance_schema.replication_group_members");
}
