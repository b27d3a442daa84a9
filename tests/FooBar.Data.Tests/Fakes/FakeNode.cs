using System.Collections.Concurrent;
using System.Data.Common;

namespace FooBar.Data.Tests.Fakes;

/// <summary>
/// A server in memory: as much of one as it takes to bring about, at will, what a real one does only once in a while on the wire.
/// Set its member state; hook <see cref="OnStatement"/> to throw, to wait, or to answer.
/// </summary>
internal sealed class FakeNode(string name) : DbDataSource
{
    public const string Group = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    public string Name { get; } = name;

    public string State { get; set; } = "ONLINE";

    public string Role { get; set; } = "SECONDARY";

    public bool SuperReadOnly { get; set; } = true;

    /// <summary>Whether it has left its group, though no probe has asked it since.</summary>
    public bool HasLeft { get; set; }

    public int Reachable { get; set; } = 3;

    public string Executed { get; set; } = $"{Group}:1-10";

    /// <summary>What the driver says of the next COMMIT; null: it does not know.</summary>
    public string? CommittedGtids { get; set; } = $"{Group}:11";

    /// <summary>Thrown, when not null, by every attempt to connect.</summary>
    public Exception? ConnectFailure { get; set; }

    /// <summary>Runs before each connection is opened; the monitor's is open already.</summary>
    public Func<CancellationToken, Task> OnConnect { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether it has the group's plugin; else it replicates classically, from someone if <see cref="SuperReadOnly"/>.</summary>
    public bool IsMember { get; set; } = true;

    /// <summary>How many sources it replicates from; null: one for a replica of classic replication, else none.</summary>
    public long? Channels { get; set; }

    /// <summary>The members that it sees: their UUIDs, which are the fakes' names, and their hosts.</summary>
    public (string Uuid, string Host)[] Members { get; set; } = [];

    /// <summary>What the monitor's account connects to.</summary>
    public DbDataSource Monitoring => new FakeMonitorSource(this);

    /// <summary>Runs before each sample of the primary's executed set is answered.</summary>
    public Func<CancellationToken, Task> OnSample { get; set; } = _ => Task.CompletedTask;

    /// <summary>Sees every statement of the application first; a null answer leaves it to the node.</summary>
    public Func<FakeStatement, Task<object?>> OnStatement { get; set; } = _ => Task.FromResult<object?>(null);

    /// <summary>Runs before each probe is answered.</summary>
    public Func<CancellationToken, Task> OnProbe { get; set; } = _ => Task.CompletedTask;

    /// <summary>The operations committed here, by their keys.</summary>
    public ConcurrentDictionary<string, string> Operations { get; } = new();

    /// <summary>How many keys went in outside a transaction, each committed by itself.</summary>
    public int KeysByThemselves => _keysByThemselves;

    /// <summary>Every statement of the application, in order.</summary>
    public ConcurrentQueue<string> Statements { get; } = new();

    /// <summary>Connections lent and not yet returned.</summary>
    public int Leased => _leased;

    private int _leased;
    private int _returnedInTransaction;
    private int _keysByThemselves;

    public override string ConnectionString => Name;

    public FakeNode AsPrimary()
    {
        (Role, SuperReadOnly) = ("PRIMARY", false);
        return this;
    }

    public FakeNode AsReplica()
    {
        (Role, SuperReadOnly) = ("SECONDARY", true);
        return this;
    }

    /// <summary>Connections that were given back in the middle of a transaction, which a pool need not end.</summary>
    public int ReturnedInTransaction => _returnedInTransaction;

    public void Returned(bool inTransaction)
    {
        if (inTransaction)
            Interlocked.Increment(ref _returnedInTransaction);
        Interlocked.Decrement(ref _leased);
    }

    /// <summary>The answer to a statement: a number of rows changed, or a row of values.</summary>
    public async Task<object> RunAsync(FakeStatement statement)
    {
        if (statement.Text.StartsWith("SELECT MEMBER_ID", StringComparison.Ordinal))
            return Members.Select(member => (object[])[member.Uuid, member.Host, 3306]).ToArray();

        if (statement.Text.Contains("replication_group_members", StringComparison.Ordinal) && statement.Text != PrimarySampler.GroupQuery)
        {
            await OnProbe(statement.Ct);
            long channels = Channels ?? (IsMember || !SuperReadOnly ? 0L : 1L);
            return new object[]
            {
                Name, SuperReadOnly ? 1 : 0, SuperReadOnly ? 1 : 0, Executed, IsMember ? State : "", IsMember ? Role : "", IsMember ? 3L : 0L,
                (long)Reachable, channels, channels,
            };
        }

        if (statement.Connection.IsMonitor)
        {
            if (statement.Text is not (PrimarySampler.Query or PrimarySampler.GroupQuery))
                return 0;
            await OnSample(statement.Ct);
            return new object[] { Executed, (statement.Text == PrimarySampler.Query ? SuperReadOnly : HasLeft) ? 1L : 0L };
        }

        Statements.Enqueue(statement.Text);
        if (await OnStatement(statement) is { } answer)
            return answer;
        FakeConnection connection = statement.Connection;
        switch (statement.Text.Split(' ')[0])
        {
            case "START":
                (connection.InTransaction, connection.Claimed, connection.Removed) = (true, null, null);
                return 0;
            case "INSERT":
                connection.Claimed = connection.InTransaction ? statement.Key : null;
                if (Operations.ContainsKey(statement.Key) || (!connection.InTransaction && !Operations.TryAdd(statement.Key, "")))
                    throw new FakeDbException(1062, FailurePhase.Answered, "Duplicate entry for key 'operation.PRIMARY'");
                if (!connection.InTransaction)
                    Interlocked.Increment(ref _keysByThemselves);
                return 1;
            case "DELETE" when statement.Text.EndsWith("created_at = '9999-12-31'", StringComparison.Ordinal):
                return Operations.TryRemove(new(statement.Key, "")) ? 1 : 0;
            case "DELETE":
                connection.Removed = statement.Key;
                return 1;
            case "UPDATE":
                connection.Result = (string)statement.Parameters["result"]!;
                return connection.Claimed == statement.Key ? 1 : 0;
            case "COMMIT":
                if (connection.Claimed is { } key && connection.Removed != key)
                    Operations[key] = connection.Result!;
                (connection.InTransaction, connection.CommittedGtids) = (false, CommittedGtids);
                return 0;
            case "ROLLBACK":
                (connection.InTransaction, connection.Claimed) = (false, null);
                return 0;
            case "SELECT" when statement.Text.Contains("WAIT_FOR", StringComparison.Ordinal):
                return new object[] { Data.GtidSet.Parse(Executed).Contains(Data.GtidSet.Parse((string)statement.Parameters["required"]!)) ? 0L : 1L };
            case "SELECT" when statement.Text.Contains("CAST(result", StringComparison.Ordinal):
                return new object[] { Operations[statement.Key] };
            case "SELECT" when statement.Text.Contains("gtid_owned", StringComparison.Ordinal):
                return new object[] { "" };
            case "SELECT" when statement.Text == "SELECT @@global.read_only":
                return new object[] { SuperReadOnly ? 1L : 0L };
            case "SELECT" when statement.Text.Contains("IF(@@global.read_only", StringComparison.Ordinal):
                return new object[] { SuperReadOnly ? DBNull.Value : Executed };
            case "SELECT" when statement.Text.Contains("gtid_executed", StringComparison.Ordinal):
                return new object[] { Executed };
            default:
                return 0;
        }
    }

    protected override DbConnection CreateDbConnection() => new FakeConnection(this);

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
        await OpenAsync(isMonitor: false, cancellationToken);

    private async ValueTask<DbConnection> OpenAsync(bool isMonitor, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (ConnectFailure is { } failure)
            throw failure;
        await OnConnect(cancellationToken);
        FakeConnection connection = new(this) { IsMonitor = isMonitor };
        await connection.OpenAsync(cancellationToken);
        Interlocked.Increment(ref _leased);
        return connection;
    }

    private sealed class FakeMonitorSource(FakeNode node) : DbDataSource
    {
        public override string ConnectionString => node.Name;

        protected override DbConnection CreateDbConnection() => new FakeConnection(node) { IsMonitor = true };

        protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
            await node.OpenAsync(isMonitor: true, cancellationToken);
    }
}
