using System.Data.Common;
using System.Globalization;
using Dapper;
using FooBar.Data.Tests.Fakes;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

[Collection(RealGroupDefinition.Name)]
public sealed class RealGroupTests(GroupFixture fixture) : IAsyncLifetime
{
    private static int s_note;

    private MySqlGroup Group => fixture.Group;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Group.HealAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Monitor_HealthyGroup_FindsTheRolesThatTheServersSay()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int primary = await Group.PrimaryAsync();

        Data.Topology topology = await instance.Database.WaitForPrimaryAsync(Ct);

        Assert.Equal($"db-{primary + 1}", topology.Primary?.Name);
        Assert.Equal(2, topology.Nodes.Count(node => node.Role == NodeRole.Replica));
        Assert.True(topology.Primary!.Executed.SharesSourceWith(Data.GtidSet.Parse($"{MySqlGroup.Uuid}:1")));
        Assert.Equal(1, instance.Metrics[$"database.node.role{{node=db-{primary + 1},role=primary}}"]);
        Assert.Equal(3, instance.Metrics.Sum("database.node.role"));
    }

    [Fact]
    public async Task ReadAndWrite_ManyTimes_ReadsGoToReplicasAndWritesToThePrimary()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        string primary = instance.Database.Topology.Primary!.Name;

        for (int i = 0; i < 50; i++)
            await WriteNoteAsync(instance.Database.CreateSession(), NewNote(), "text");
        for (int i = 0; i < 50; i++)
            await instance.Database.CreateSession().ReadAsync(Uuid, ct: Ct);

        Assert.Equal(50, instance.Metrics[$"database.queries{{node={primary},operation=write,role=primary}}"]);
        Assert.Equal(50, instance.Metrics.Sum("database.queries", "operation=write"));
        Assert.Equal(50, instance.Metrics.Sum("database.queries", "operation=read", "role=replica"));
        Assert.Equal(0, instance.Metrics.Sum("database.queries", "operation=read", "role=primary"));
        Assert.Equal(0, instance.Metrics.Sum("database.queries", "operation=read", $"node={primary}"));
    }

    // One after the other the quicker replica may answer them all; those that are open at once are shared even with one that has just come back.
    [Fact]
    public async Task Read_ManyAtOnce_AreSharedByTheReplicas()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        const int reads = 20;
        int open = 0;
        TaskCompletionSource allOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        await Task.WhenAll(Enumerable.Range(0, reads).Select(_ => instance.Database.CreateSession().ReadAsync(HeldUuid, ct: Ct)));

        Assert.Equal(reads, instance.Metrics.Sum("database.queries", "operation=read", "role=replica"));
        foreach (NodeState replica in instance.Database.Topology.Nodes.Where(node => node.Role == NodeRole.Replica))
            Assert.InRange(instance.Metrics.Sum("database.queries", $"node={replica.Name}"), 1, reads - 1);

        async Task<string?> HeldUuid(DbConnection connection, CancellationToken ct)
        {
            if (Interlocked.Increment(ref open) == reads)
                allOpen.SetResult();
            await allOpen.Task.WaitAsync(ct);
            return await Uuid(connection, ct);
        }
    }

    [Fact]
    public async Task ReadOwnWrites_AcrossInstances_200TimesNeverMissesAWrite()
    {
        await using RealDatabase one = await RealDatabase.ReadyAsync(Group);
        await using RealDatabase two = await RealDatabase.ReadyAsync(Group);
        string token = "";
        int waits = 0;
        for (int i = 0; i < 200; i++)
        {
            (RealDatabase writer, RealDatabase reader) = i % 2 == 0 ? (one, two) : (two, one);
            int note = NewNote();
            DatabaseSession writing = writer.Database.CreateSession(CausalToken.Parse(token));
            await WriteNoteAsync(writing, note, $"text {i}");
            token = writing.Token.ToString();
            waits += token.Length > 0 ? 1 : 0;

            DatabaseSession reading = reader.Database.CreateSession(CausalToken.Parse(token));
            Assert.Equal($"text {i}", await ReadNoteAsync(reading, note));
            token = reading.Token.ToString();
        }

        // The proof is empty if every token was known everywhere already: most must have been news.
        Assert.InRange(waits, 150, 200);
        double answers = one.Metrics.Sum("database.causal.waits") + two.Metrics.Sum("database.causal.waits");
        Assert.True(answers >= 150, $"{answers} reads carried a token");
        // No answer came from the primary: a replica catches up within the wait.
        Assert.Equal(0, one.Metrics.Sum("database.reads", "role=primary") + two.Metrics.Sum("database.reads", "role=primary"));
    }

    [Fact]
    public async Task ReadOwnWrites_ReplicasLag_FallsBackToThePrimaryAndStillSeesTheWrite()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, options => options.CausalWait = TimeSpan.FromMilliseconds(250));
        int primary = await Group.PrimaryAsync();
        int note = NewNote();
        await using (await HoldAppliersAsync(primary))
        {
            DatabaseSession session = instance.Database.CreateSession();
            await WriteNoteAsync(session, note, "newest");

            Assert.Equal("newest", await ReadNoteAsync(session, note));
            Assert.Null(await instance.Database.CreateSession().ReadAsync((c, ct) => NoteAsync(c, note, ct), Freshness.Any, Ct));

            Assert.Equal(1, instance.Metrics["database.causal.waits{outcome=timeout}"]);
            Assert.Equal(1, instance.Metrics["database.reads{reason=causal_timeout,role=primary}"]);
            Assert.Equal(1, instance.Metrics.Sum("database.queries", "operation=read", "role=primary"));
        }
    }

    [Fact]
    public async Task ReadOwnWrites_ReplicasCatchUpWithinTheWait_IsAnsweredByTheReplica()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int primary = await Group.PrimaryAsync();
        int note = NewNote();
        IAsyncDisposable held = await HoldAppliersAsync(primary);
        DatabaseSession session = instance.Database.CreateSession();
        await WriteNoteAsync(session, note, "late");

        Task<string?> read = ReadNoteAsync(session, note);
        Assert.False(read.IsCompleted);
        await held.DisposeAsync();

        Assert.Equal("late", await read);
        Assert.Equal(1, instance.Metrics["database.causal.waits{outcome=reached}"]);
        Assert.Equal(1, instance.Metrics.Sum("database.queries", "operation=read", "role=replica"));
        Assert.Equal(0, instance.Metrics.Sum("database.reads", "role=primary"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_SameOperationTwice_IsAppliedOnceAndReturnsTheStoredResult(bool generic)
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, generic: generic);
        OperationId operation = OperationId.New();
        int note = NewNote();
        int runs = 0;

        Note first = await instance.Database.CreateSession().WriteAsync(operation, WorkAsync, Ct);
        DatabaseSession repeating = instance.Database.CreateSession();
        Note second = await repeating.WriteAsync(operation, WorkAsync, Ct);

        Assert.Equal(first, second);
        Assert.Equal(1, runs);
        Assert.Equal("once: ünïcode 'quoted' \"and\" \\", await ReadNoteAsync(repeating, note));

        async Task<Note> WorkAsync(DbConnection connection, CancellationToken ct)
        {
            runs++;
            Note written = new(note, "once: ünïcode 'quoted' \"and\" \\");
            await connection.ExecuteAsync(new CommandDefinition("INSERT INTO note (id, text) VALUES (@Id, @Text)", written, cancellationToken: ct));
            return written;
        }
    }

    [Fact]
    public async Task Write_SameOperationConcurrently_IsAppliedOnceAndEveryOneGetsItsResult()
    {
        await using RealDatabase one = await RealDatabase.ReadyAsync(Group);
        await using RealDatabase two = await RealDatabase.ReadyAsync(Group);
        OperationId operation = OperationId.New();
        int note = NewNote();
        int committed = 0;

        int[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            (i % 2 == 0 ? one : two).Database.CreateSession().WriteAsync(
                operation,
                async (connection, ct) =>
                {
                    await InsertAsync(connection, note, $"by {i}", ct);
                    Interlocked.Increment(ref committed);
                    return i;
                },
                Ct)));

        Assert.Equal(1, committed);
        Assert.Single(results.Distinct());
    }

    [Fact]
    public async Task Write_GenericAdapter_CarriesATokenToo()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, generic: true);
        int note = NewNote();
        DatabaseSession session = instance.Database.CreateSession();

        await WriteNoteAsync(session, note, "generic");

        Assert.Equal("generic", await ReadNoteAsync(session, note));
        Assert.Equal(1, instance.Metrics.Sum("database.queries", "operation=read", "role=replica"));
    }

    [Fact]
    public async Task Write_WorkFails_LeavesNothing()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        OperationId operation = OperationId.New();
        int note = NewNote();

        await Assert.ThrowsAsync<DivideByZeroException>(() => instance.Database.CreateSession().WriteAsync<int>(
            operation,
            async (connection, ct) =>
            {
                await InsertAsync(connection, note, "never", ct);
                throw new DivideByZeroException();
            },
            Ct));

        DatabaseSession session = instance.Database.CreateSession();
        Assert.Null(await session.ReadAsync((c, ct) => NoteAsync(c, note, ct), Freshness.Latest, Ct));
        await session.WriteAsync(operation, (c, ct) => InsertAsync(c, note, "now", ct), Ct);
        Assert.Equal("now", await ReadNoteAsync(session, note));
    }

    [Fact]
    public async Task Write_Deadlock_IsBegunAnewAndBothAreApplied()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        (int a, int b) = (NewNote(), NewNote());
        DatabaseSession session = instance.Database.CreateSession();
        await WriteNoteAsync(session, a, "");
        await WriteNoteAsync(session, b, "");
        using Barrier bothHoldOne = new(2);
        int meetings = 0;

        await Task.WhenAll(AppendAsync(a, b), AppendAsync(b, a));

        Assert.Equal("xx", await ReadNoteAsync(session, a, Freshness.Latest));
        Assert.Equal("xx", await ReadNoteAsync(session, b, Freshness.Latest));
        Assert.InRange(instance.Metrics["database.write.retries{reason=conflict}"], 1, 3);

        Task AppendAsync(int first, int second) => instance.Database.CreateSession().WriteAsync(
            OperationId.New(),
            async (connection, ct) =>
            {
                const string sql = "UPDATE note SET text = CONCAT(text, 'x') WHERE id = @id";
                await connection.ExecuteAsync(new CommandDefinition(sql, new { id = first }, cancellationToken: ct));
                // The first two meet, so that each holds what the other wants; a repetition goes through alone.
                if (Interlocked.Increment(ref meetings) <= 2)
                    await Task.Run(() => bothHoldOne.SignalAndWait(ct), ct);
                await connection.ExecuteAsync(new CommandDefinition(sql, new { id = second }, cancellationToken: ct));
            },
            Ct);
    }

    [Theory]
    [InlineData(nameof(Freshness.Any))]
    [InlineData(nameof(Freshness.Latest))]
    public async Task Read_WorkWrites_IsRefusedAndLeavesTheConnectionFitForWrites(string kind)
    {
        Freshness freshness = Freshnesses.Named(kind);
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int note = NewNote();
        DatabaseSession session = instance.Database.CreateSession();

        WriteInReadException failure = await Assert.ThrowsAsync<WriteInReadException>(() => session.ReadAsync(
            async (connection, ct) =>
            {
                await InsertAsync(connection, note, "never", ct);
                return 0;
            },
            freshness, Ct));

        Assert.Equal(freshness == Freshness.Any ? 1290 : 1792, ServerError.NumberOf(failure.InnerException!));
        Assert.Null(await ReadNoteAsync(session, note, Freshness.Latest));
        await WriteNoteAsync(session, note, "properly");
        Assert.Equal("properly", await ReadNoteAsync(session, note));
    }

    [Theory]
    [InlineData("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb:1")]
    [InlineData(MySqlGroup.Uuid + ":999999999")]
    public async Task Read_TokenThatNobodyCanHold_IsDroppedAndAnswered(string foreign)
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, options => options.CausalWait = TimeSpan.FromMilliseconds(100));
        DatabaseSession session = instance.Database.CreateSession(CausalToken.Parse(foreign));

        await session.ReadAsync(Uuid, ct: Ct);

        Assert.True(session.Token.IsEmpty);
        Assert.Equal(1, instance.Metrics["database.causal.waits{outcome=foreign}"]);
    }

    [Fact]
    public async Task GtidSet_RandomSets_AgreesWithTheServer()
    {
        Random random = new(20260102);
        await using MySqlDataSource source = new(Group.ApplicationConnectionString(0));
        await using DbConnection connection = await source.OpenConnectionAsync(Ct);
        for (int i = 0; i < 300; i++)
        {
            (string a, string b) = (RandomSet(random), RandomSet(random));
            (string canonical, string union, string difference, int subset) = await connection.QuerySingleAsync<(string, string, string, int)>(
                "SELECT GTID_SUBTRACT(@a, ''), GTID_SUBTRACT(CONCAT(@a, ',', @b), ''), GTID_SUBTRACT(@a, @b), GTID_SUBSET(@b, @a)", new { a, b });
            (Data.GtidSet setA, Data.GtidSet setB) = (Data.GtidSet.Parse(a), Data.GtidSet.Parse(b));

            Assert.Equal(canonical.Replace("\n", "", StringComparison.Ordinal), setA.ToString());
            Assert.Equal(union.Replace("\n", "", StringComparison.Ordinal), setA.Union(setB).ToString());
            Assert.Equal(difference.Replace("\n", "", StringComparison.Ordinal), setA.Except(setB).ToString());
            Assert.Equal(subset == 1, setA.Contains(setB));
        }
    }

    [Fact]
    public async Task Switchover_Orderly_MovesTheWritesAndLosesNone()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int old = await Group.PrimaryAsync();
        int next = (old + 1) % 3;
        string uuid = (await Group.QueryAsync(next, "SELECT @@server_uuid"))!;
        int[] notes = [.. Enumerable.Range(0, 200).Select(_ => NewNote())];
        int done = 0;
        TaskCompletionSource underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);

        Task writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            DatabaseSession session = instance.Database.CreateSession();
            foreach (int note in notes.Where((_, i) => i % 4 == writer))
            {
                await WriteNoteAsync(session, note, "kept");
                Assert.Equal("kept", await ReadNoteAsync(session, note));
                if (Interlocked.Increment(ref done) == 20)
                    underWay.SetResult();
            }
        }));
        await Task.WhenAny(underWay.Task, writing);
        await Group.QueryAsync(old, $"SELECT group_replication_set_as_primary('{uuid}')");
        await writing;

        Assert.Equal($"db-{next + 1}", (await instance.Database.WaitForPrimaryAsync(Ct)).Primary?.Name);
        Assert.Empty(instance.Log.TextsOf(3003));
        Assert.True(instance.Metrics.Sum("database.queries", "operation=write", $"node=db-{next + 1}") > 0);
    }

    [Fact]
    public async Task PrimaryKilled_WriteWaits_IsAcceptedByTheNextOneWithin15Seconds_AndReadsGoOn()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group, options => (options.PrimaryWait, options.OperationTimeout) = (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20)));
        int old = await Group.PrimaryAsync();
        DatabaseSession session = instance.Database.CreateSession();
        (int before, int after) = (NewNote(), NewNote());
        await WriteNoteAsync(session, before, "before");

        long killedAt = TimeProvider.System.GetTimestamp();
        await Group.KillAsync(old);
        Task write = WriteNoteAsync(session, after, "after");
        int reads = 0;
        while (!write.IsCompleted)
        {
            await instance.Database.CreateSession().ReadAsync(Uuid, ct: Ct);
            reads++;
        }

        await write;
        TimeSpan outage = TimeProvider.System.GetElapsedTime(killedAt);

        TestContext.Current.TestOutputHelper?.WriteLine($"write accepted {outage.TotalSeconds:0.0} s after the kill, {reads} reads meanwhile");
        Assert.InRange(outage, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.True(reads > 100, $"{reads} reads while there was no primary");
        Assert.Equal("before", await ReadNoteAsync(session, before));
        Assert.Equal("after", await ReadNoteAsync(session, after));
        Assert.NotEqual($"db-{old + 1}", instance.Database.Topology.Primary?.Name);
        Assert.Equal(NodeRole.Offline, instance.Database.Topology.Nodes[old].Role);
        Assert.Empty(instance.Log.TextsOf(3003));

        await Group.HealAsync();
        await instance.UntilAsync(topology => topology.Nodes[old].Role == NodeRole.Replica);
    }

    [Fact]
    public async Task ReplicaKilled_Reads_GoOnWithoutAnError()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int victim = (await Group.PrimaryAsync() + 1) % 3;
        for (int i = 0; i < 20; i++)
            await instance.Database.CreateSession().ReadAsync(Uuid, ct: Ct);

        await Group.KillAsync(victim);
        for (int i = 0; i < 200; i++)
            await instance.Database.CreateSession().ReadAsync(Uuid, ct: Ct);

        await instance.UntilAsync(topology => topology.Nodes[victim].Role == NodeRole.Offline);
    }

    [Fact]
    public async Task SuperReadOnlySetByHand_InTheMiddleOfAWrite_IsRepeatedOnceItIsOff()
    {
        await using RealDatabase instance = await RealDatabase.ReadyAsync(Group);
        int primary = await Group.PrimaryAsync();
        int note = NewNote();
        int tries = 0;

        await instance.Database.CreateSession().WriteAsync(
            OperationId.New(),
            async (connection, ct) =>
            {
                await InsertAsync(connection, note, $"try {++tries}", ct);
                if (tries == 1)
                {
                    await Group.ExecuteAsync(primary, "SET GLOBAL super_read_only = ON");
                    _ = Task.Run(
                        async () =>
                        {
                            await instance.UntilAsync(topology => topology.Primary is null);
                            // read_only stays on, as it does when an operator forgets it: still no primary to write to.
                            await Group.ExecuteAsync(primary, "SET GLOBAL super_read_only = OFF");
                            await instance.UntilAsync(topology => topology.Nodes[primary].Reason == "it is the group's primary with read_only on");
                            await Group.ExecuteAsync(primary, "SET GLOBAL read_only = OFF");
                        },
                        Ct);
                }
            },
            Ct);

        Assert.Equal(2, tries);
        Assert.Equal("try 2", await instance.Database.CreateSession().ReadAsync((c, ct) => NoteAsync(c, note, ct), Freshness.Latest, Ct));
        Assert.Equal(1, instance.Metrics["database.write.retries{reason=read_only}"]);
    }

    private static int NewNote() => Interlocked.Increment(ref s_note);

    private static Task<int> WriteNoteAsync(DatabaseSession session, int id, string text) =>
        session.WriteAsync(OperationId.New(), (connection, ct) => InsertAsync(connection, id, text, ct), Ct);

    private static Task<int> InsertAsync(DbConnection connection, int id, string text, CancellationToken ct) => connection.ExecuteAsync(
        new CommandDefinition("INSERT INTO note (id, text) VALUES (@id, @text)", new { id, text }, cancellationToken: ct));

    private static Task<string?> ReadNoteAsync(DatabaseSession session, int id, Freshness freshness = default) =>
        session.ReadAsync((connection, ct) => NoteAsync(connection, id, ct), freshness, Ct);

    private static Task<string?> NoteAsync(DbConnection connection, int id, CancellationToken ct) => connection.QuerySingleOrDefaultAsync<string>(
        new CommandDefinition("SELECT text FROM note WHERE id = @id", new { id }, cancellationToken: ct));

    private static Task<string?> Uuid(DbConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT @@server_uuid", cancellationToken: ct));

    /// <summary>
    /// Makes both replicas lag: their appliers wait for the table, which stays readable, until the locks are disposed of. (Stopping the
    /// applier's thread is refused while the group runs.)
    /// </summary>
    private async Task<IAsyncDisposable> HoldAppliersAsync(int primary)
    {
        AppliersHeld held = new();
        foreach (int replica in new[] { (primary + 1) % 3, (primary + 2) % 3 })
        {
            MySqlConnection connection = new(Group.Members[replica].ConnectionString);
            held.Locks.Add(connection);
            await connection.OpenAsync(Ct);
            await connection.ExecuteAsync(new CommandDefinition($"LOCK TABLES {MySqlGroup.Schema}.note READ", cancellationToken: Ct));
        }

        return held;
    }

    private sealed class AppliersHeld : IAsyncDisposable
    {
        public List<MySqlConnection> Locks { get; } = [];

        public async ValueTask DisposeAsync()
        {
            foreach (MySqlConnection connection in Locks)
                await connection.DisposeAsync();
        }
    }

    private static string RandomSet(Random random)
    {
        IEnumerable<string> entries = Enumerable.Range(0, random.Next(1, 9)).Select(_ =>
        {
            string uuid = new(random.Next(2) == 0 ? 'a' : 'b', 8);
            string tag = random.Next(3) switch { 0 => ":zz", 1 => ":_a", _ => "" };
            int first = random.Next(1, 20);
            return string.Create(CultureInfo.InvariantCulture, $"{uuid}-aaaa-aaaa-aaaa-aaaaaaaaaaaa{tag}:{first}-{first + random.Next(4)}");
        });
        return string.Join(',', entries);
    }

    private sealed record Note(int Id, string Text);
}
