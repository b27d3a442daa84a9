using System.Globalization;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

/// <summary>The ground that the catalogue stands on: a cut cuts, one way where it says so, and afterwards everything is whole.</summary>
public abstract class NetworkedClusterTests(NetworkedFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static int s_note;

    private protected MySqlCluster Cluster => fixture.Cluster;

    private protected ClusterNetwork Network => fixture.Network;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        await fixture.HealAsync();
        Print($"begun with a cluster that started in {fixture.StartUp.TotalSeconds:0.0} s and is whole after {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0.00} s");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Drop_FromTheServer_StatementIsExecutedAndItsAnswerLost()
    {
        int primary = await Cluster.PrimaryAsync();
        await using MySqlConnection connection = await OpenAsync(primary, client: 0);
        await Network.DropAsync(NetworkEnd.Member(primary), NetworkEnd.Client(0));
        int note = Interlocked.Increment(ref s_note);
        Task insert = InsertAsync(connection, note);

        await UntilAsync(async () => await TextAsync(primary, note) is not null, "the row is there");
        Assert.False(insert.IsCompleted);

        await Network.HealAsync();
        await insert.WaitAsync(Deadline, TimeProvider.System, Ct);
    }

    [Fact]
    public async Task Drop_FromTheApplication_StatementNeverArrives()
    {
        int primary = await Cluster.PrimaryAsync();
        await using MySqlConnection connection = await OpenAsync(primary, client: 0);
        await using MySqlConnection other = await OpenAsync(primary, client: 1);
        await Network.DropAsync(NetworkEnd.Client(0), NetworkEnd.Member(primary));
        (int lost, int sent) = (Interlocked.Increment(ref s_note), Interlocked.Increment(ref s_note));
        Task insert = InsertAsync(connection, lost);
        // The other application's packets pass, and the first one's would have been there long before.
        for (int i = 0; i < 20; i++) await InsertAsync(other, i == 0 ? sent : Interlocked.Increment(ref s_note));

        Assert.False(insert.IsCompleted);
        Assert.NotNull(await TextAsync(primary, sent));
        Assert.Null(await TextAsync(primary, lost));

        await Network.HealAsync();
        await insert.WaitAsync(Deadline, TimeProvider.System, Ct);
        Assert.NotNull(await TextAsync(primary, lost));
    }

    [Fact]
    public async Task Isolate_ServerWithAnApplication_TheyReachEachOtherAlone()
    {
        int member = (await Cluster.PrimaryAsync() + 1) % 3;
        int outside = (member + 1) % 3;
        await Network.IsolateAsync(NetworkEnd.Member(member), NetworkEnd.Client(1));

        await using MySqlConnection inside = await OpenAsync(member, client: 1);
        await using MySqlConnection beyond = await OpenAsync(outside, client: 0);
        foreach ((int to, int client) in new[] { (member, 0), (outside, 1) })
        {
            using CancellationTokenSource given = new(TimeSpan.FromSeconds(1), TimeProvider.System);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OpenAsync(to, client, given.Token));
        }

        await Network.HealAsync();
        await using MySqlConnection again = await OpenAsync(member, client: 0);
    }

    private protected static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private protected async Task<MySqlConnection> OpenAsync(int member, int client, CancellationToken? given = null)
    {
        MySqlConnection connection = new(Cluster.ApplicationConnectionString(member, client));
        try
        {
            await connection.OpenAsync(given ?? Ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private protected static async Task InsertAsync(MySqlConnection connection, int note)
    {
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = Insert(note);
        command.CommandTimeout = (int)Deadline.TotalSeconds;
        await command.ExecuteNonQueryAsync(Ct);
    }

    private protected async Task<int> InsertAsync(int member)
    {
        int note = Interlocked.Increment(ref s_note);
        await Cluster.ExecuteAsync(member, Insert(note));
        return note;
    }

    /// <summary>A hundred rows, which no file's last page has room for.</summary>
    private protected async Task FillAsync(int member)
    {
        for (int i = 0; i < 100; i++)
            await InsertAsync(member);
    }

    private protected Task<string?> TextAsync(int member, int note) => Cluster.QueryAsync(
        member, string.Create(CultureInfo.InvariantCulture, $"SELECT text FROM {MySqlCluster.Schema}.note WHERE id = {note}"));

    private protected async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > Deadline)
                Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}.\n{Cluster.Logs}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        }

        Print($"{what} after {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0.00} s");
    }

    private static string Insert(int note) =>
        string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {MySqlCluster.Schema}.note (id, text) VALUES ({note}, 'text {note}')");
}
