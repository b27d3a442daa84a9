using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Sessions;
using FooBar.MySql.Transport;
using AmbientTransaction = System.Transactions.Transaction;

namespace FooBar.MySql;

/// <summary>How a connection comes to its session, and gives it back.</summary>
public sealed partial class MySqlConnection
{
    /// <summary>Opens the connection, within its connection timeout.</summary>
    /// <exception cref="MySqlException">It could not be opened in time.</exception>
    /// <exception cref="InvalidOperationException">It is open already, or has no connection string.</exception>
    /// <exception cref="NotSupportedException">There is an ambient System.Transactions transaction, which would not hold what is written.</exception>
    public override void Open() => OpenAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Open" />
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Gives the session back, or closes it. A transaction that was not committed is rolled back; a reader that was not read to its end is.
    /// Never throws: what cannot be cleaned up is closed. A call that another thread has under way ends with an exception.
    /// </summary>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc cref="Close" />
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

    /// <summary>Refuses: a connection takes part in no System.Transactions transaction. Null, for none, does nothing.</summary>
    /// <exception cref="NotSupportedException">There is a transaction.</exception>
    public override void EnlistTransaction(AmbientTransaction? transaction)
    {
        if (transaction is not null) throw NotEnlisted();
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Without <paramref name="disposing"/> it is the finalizer's: an owner who never closed loses nothing but a log line.</summary>
    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        if (disposing) Close();
        else if (_session is { } session) _dataSource?.Pool.Reclaim(session, _openedAt);
        base.Dispose(disposing);
    }

    private async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (AmbientTransaction.Current is not null) throw NotEnlisted();
        if (Interlocked.Exchange(ref _isOpening, true)) throw new InvalidOperationException("The connection is being opened already.");

        try
        {
            if (_session is not null) throw new InvalidOperationException("The connection is open already.");
            if (_options is not { } options) throw new InvalidOperationException("The connection has no connection string.");

            if (_dataSource is { RecordsOpening: true }) _openedAt = Environment.StackTrace;
            ValueTask<Session> opening = _dataSource is { } source
                ? source.Pool.LeaseAsync(async, cancellationToken)
                : SessionOpener.OpenAsync(options, options.ConnectionTimeout, epoch: 0, new QueryKiller(options, TimeProvider.System), TimeProvider.System, async, cancellationToken);
            _session = await opening.ConfigureAwait(false);
        }
        finally
        {
            _isOpening = false;
        }

        if (_isDisposed)
        {
            // Disposed while it was being opened: nobody else will give the session back.
            await CloseAsync(async).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        }

        OnStateChange(Opened);
    }

    /// <summary>Opens the connection within a limit that may be less than its connection timeout.</summary>
    /// <exception cref="MySqlException">The limit is over.</exception>
    internal async ValueTask OpenWithinAsync(TimeSpan limit, bool async, CancellationToken cancellationToken)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            await OpenAsync(async, cancellationToken).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource deadline = new(limit, Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await OpenAsync(async, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw new MySqlCanceledException(cancelled.Message, MySqlFailurePhase.NotSent, cancelled, cancellationToken);
            }

            throw new MySqlException(
                $"{DataSource} did not answer in time: the {MySqlCommand.TimeoutName} of {limit.TotalSeconds:F1} s has run out while a connection "
                + "was being opened.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.TimedOut,
                isTransient: true,
                cancelled);
        }
    }

    internal async ValueTask CloseAsync(bool async)
    {
        // One at a time: a reader that closes its connection comes here again, and another thread may.
        if (Interlocked.Exchange(ref _isClosing, true)) return;

        Session? session = _session;
        try
        {
            if (session is not null) await CleanUpAsync(session, async).ConfigureAwait(false);
        }
        finally
        {
            Reader = null;
            Transaction?.ConnectionClosed();
            Transaction = null;
            _session = null;
            _isClosing = false;
        }

        if (session is null) return;
        if (_dataSource is { } source) source.Pool.Return(session);
        else session.Dispose();

        OnStateChange(Closed);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Close never throws, and a listener at the ROLLBACK can throw anything: what cannot be cleaned up is closed.")]
    private async ValueTask CleanUpAsync(Session session, bool async)
    {
        try
        {
            if (Reader is { } reader) await reader.CloseAsync(async).ConfigureAwait(false);
            if (!session.IsBroken && session.MayBeInTransaction)
            {
                await RollBackAbandonedAsync(async).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            session.Break();
        }

        // A reader that is still there is being closed by another thread.
        if (!session.IsBusy && Reader is null) return;

        // Another thread waits for an answer: its call must end, and nobody else may get the session.
        session.Break();
        session.Link.Abort();
    }

    private static NotSupportedException NotEnlisted() => new(
        "Transactions of System.Transactions are not supported; use BeginTransaction, and within a TransactionScope open the connection "
        + "in one with TransactionScopeOption.Suppress.");
}
