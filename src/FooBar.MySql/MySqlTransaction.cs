using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
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
    private static readonly ReadOnlyMemory<byte> StartSnapshotSql = "START TRANSACTION WITH CONSISTENT SNAPSHOT"u8.ToArray();

    private MySqlConnection? _connection;

    internal MySqlTransaction(MySqlConnection connection, IsolationLevel isolationLevel)
    {
        _connection = connection;
        IsolationLevel = isolationLevel;
    }

    /// <summary>The level that was asked for.</summary>
    public override IsolationLevel IsolationLevel { get; }

    /// <summary>The connection; null once the transaction has ended.</summary>
    public new MySqlConnection? Connection => _connection;

    /// <inheritdoc />
    protected override DbConnection? DbConnection => _connection;

    /// <inheritdoc />
    public override void Commit() => EndAsync(CommitSql, async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task CommitAsync(CancellationToken cancellationToken = default) =>
        EndAsync(CommitSql, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override void Rollback() => EndAsync(RollbackSql, async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task RollbackAsync(CancellationToken cancellationToken = default) =>
        EndAsync(RollbackSql, async: true, cancellationToken).AsTask();

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

    internal static ReadOnlyMemory<byte> BeginSql(IsolationLevel isolationLevel) =>
        isolationLevel == IsolationLevel.Snapshot ? StartSnapshotSql : StartSql;

    /// <summary>The connection was closed, which has rolled back.</summary>
    internal void ConnectionClosed() => _connection = null;

    private static byte[] Level(ReadOnlySpan<byte> name) => [.. "SET TRANSACTION ISOLATION LEVEL "u8, .. name];

    private async ValueTask EndAsync(ReadOnlyMemory<byte> sql, bool async, CancellationToken cancellationToken)
    {
        MySqlConnection connection = _connection ?? throw new InvalidOperationException("The transaction has ended already.");
        await connection.RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
        _connection = null;
        connection.Transaction = null;
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Dispose may run while another exception is on its way, which must not be hidden; a broken connection is closed, which rolls back.")]
    private async ValueTask DisposeAsync(bool async)
    {
        if (_connection is not { } connection) return;

        _connection = null;
        connection.Transaction = null;
        try
        {
            if (connection.Reader is { } reader) await reader.CloseAsync(async).ConfigureAwait(false);
            if (connection.State == ConnectionState.Open) await connection.RollBackAbandonedAsync(async).ConfigureAwait(false);
        }
        catch (Exception)
        {
            connection.Session.Break();
        }
    }
}
