using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// A transaction on a connection. Every command on the connection runs in it, whether its Transaction property says so or not.
/// Disposed without a commit, it is rolled back. When <see cref="Commit"/> fails with <see cref="MySqlFailurePhase.SentUnanswered"/>,
/// nobody knows whether it was committed.
/// </summary>
public sealed class MySqlTransaction : DbTransaction
{
    internal static readonly ReadOnlyMemory<byte> RollbackSql = "ROLLBACK"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> CommitSql = "COMMIT"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> StartSql = "START TRANSACTION"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> StartReadOnlySql = "START TRANSACTION READ ONLY"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> StartSnapshotSql = "START TRANSACTION WITH CONSISTENT SNAPSHOT"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> StartReadOnlySnapshotSql = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"u8.ToArray();

    private MySqlConnection? _connection;

    internal MySqlTransaction(MySqlConnection connection, IsolationLevel isolationLevel, bool isReadOnly)
    {
        _connection = connection;
        IsolationLevel = isolationLevel;
        IsReadOnly = isReadOnly;
    }

    /// <summary>The level that was asked for.</summary>
    public override IsolationLevel IsolationLevel { get; }

    /// <summary>Whether the server refuses writes in it.</summary>
    public bool IsReadOnly { get; }

    /// <summary>True.</summary>
    public override bool SupportsSavepoints => true;

    /// <summary>The connection; null once the transaction has ended.</summary>
    public new MySqlConnection? Connection => _connection;

    /// <inheritdoc />
    protected override DbConnection? DbConnection => _connection;

    /// <summary>Commits.</summary>
    /// <exception cref="InvalidOperationException">The transaction has ended, or the server has rolled it back by itself, as after a deadlock.</exception>
    public override void Commit() => EndAsync(CommitSql, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Commit" />
    public override Task CommitAsync(CancellationToken cancellationToken = default) =>
        EndAsync(CommitSql, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override void Rollback() => EndAsync(RollbackSql, async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task RollbackAsync(CancellationToken cancellationToken = default) =>
        EndAsync(RollbackSql, async: true, cancellationToken).AsTask();

    /// <summary>Sets a savepoint; one of the same name, without regard to case, is replaced.</summary>
    /// <param name="savepointName">Any name but the empty one.</param>
    public override void Save(string savepointName) => SavepointAsync("SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Save" />
    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <summary>Takes back what was done since a savepoint, which stays; the transaction goes on.</summary>
    /// <exception cref="MySqlException">There is no such savepoint (1305).</exception>
    public override void Rollback(string savepointName) =>
        SavepointAsync("ROLLBACK TO SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Rollback(string)" />
    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("ROLLBACK TO SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <summary>Forgets a savepoint, and takes nothing back.</summary>
    /// <exception cref="MySqlException">There is no such savepoint (1305).</exception>
    public override void Release(string savepointName) =>
        SavepointAsync("RELEASE SAVEPOINT", savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Release" />
    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        SavepointAsync("RELEASE SAVEPOINT", savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await DisposeAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) DisposeAsync(async: false).Completed();
        base.Dispose(disposing);
    }

    /// <summary>The statement that sets the level of the next transaction; empty for the server's own level.</summary>
    internal static ReadOnlyMemory<byte> IsolationSql(IsolationLevel isolationLevel) => isolationLevel switch
    {
        IsolationLevel.Unspecified => default,
        IsolationLevel.ReadUncommitted => Level("READ UNCOMMITTED"u8),
        IsolationLevel.ReadCommitted => Level("READ COMMITTED"u8),
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => Level("REPEATABLE READ"u8),
        IsolationLevel.Serializable => Level("SERIALIZABLE"u8),
        _ => throw new NotSupportedException($"MySQL has no isolation level {isolationLevel}."),
    };

    internal static ReadOnlyMemory<byte> BeginSql(IsolationLevel isolationLevel, bool isReadOnly) => (isolationLevel, isReadOnly) switch
    {
        (IsolationLevel.Snapshot, true) => StartReadOnlySnapshotSql,
        (IsolationLevel.Snapshot, false) => StartSnapshotSql,
        (_, true) => StartReadOnlySql,
        (_, false) => StartSql,
    };

    /// <summary>The connection was closed, which has rolled back.</summary>
    internal void ConnectionClosed() => _connection = null;

    private static byte[] Level(ReadOnlySpan<byte> name) => [.. "SET TRANSACTION ISOLATION LEVEL "u8, .. name];

    private async ValueTask EndAsync(ReadOnlyMemory<byte> sql, bool async, CancellationToken cancellationToken)
    {
        MySqlConnection connection = RequireConnection();
        if (!sql.Equals(RollbackSql)) connection.RequireNotRolledBack();
        await connection.RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
        _connection = null;
        connection.Transaction = null;
    }

    private async ValueTask SavepointAsync(string statement, string name, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, "savepointName");
        MySqlConnection connection = RequireConnection();
        connection.RequireNotRolledBack();
        byte[] sql = Encoding.UTF8.GetBytes($"{statement} {Identifier.Quote(name)}");
        await connection.RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
    }

    private MySqlConnection RequireConnection() =>
        _connection ?? throw new InvalidOperationException("The transaction has ended already.");

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Dispose may run while another exception is on its way, which must not be hidden; a broken connection is closed, which rolls back.")]
    private async ValueTask DisposeAsync(bool async)
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection) return;

        connection.Transaction = null;
        try
        {
            if (connection.Reader is { } reader) await reader.CloseAsync(async).ConfigureAwait(false);
            if (connection.State == ConnectionState.Open) await connection.RollBackAbandonedAsync(async).ConfigureAwait(false);
        }
        catch (Exception)
        {
            connection.Break();
        }
    }
}
