using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Observability;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// The rows of a statement as they arrive. While it is open its connection takes no other command. Values are converted where nothing is
/// lost: a number that does not fit throws <see cref="OverflowException"/>, what does not convert <see cref="InvalidCastException"/>.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "ADO.NET's name for it.")]
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's base class is not generic.")]
public sealed partial class MySqlDataReader : DbDataReader
{
    private const string ReaderIsClosed = "The reader is closed.";

    private readonly object _owner;
    private readonly BatchExecution? _batch;
    private readonly MySqlConnection _connection;
    private readonly Session _session;
    private ResultStream _results;
    private readonly CommandBehavior _behavior;
    private readonly bool _isSingleRow;
    private TimeSpan _timeLeft;
    private bool _hasRow;
    private bool _hasGivenSingleRow;
    private bool _isClosing;
    private bool _isClosed;

    /// <param name="owner">The command or batch, which may cancel a call of the reader.</param>
    /// <param name="connection">Where it was executed.</param>
    /// <param name="session">The connection's.</param>
    /// <param name="results">Up to its first row.</param>
    /// <param name="batch">What comes behind these results; null for a command.</param>
    /// <param name="behavior">What the caller wants of it.</param>
    internal MySqlDataReader(
        object owner, MySqlConnection connection, Session session, ResultStream results, BatchExecution? batch, CommandBehavior behavior)
    {
        _owner = owner;
        _batch = batch;
        _connection = connection;
        _session = session;
        _results = results;
        _results.IsSequential = behavior.HasFlag(CommandBehavior.SequentialAccess);
        _behavior = behavior;
        _isSingleRow = behavior.HasFlag(CommandBehavior.SingleRow);
        if (owner is MySqlCommand command) command.LastInsertedId = results.LastInsertId;
    }

    /// <summary>Sets what is left of the time-out, for all further waits.</summary>
    internal void BeginWithin(TimeSpan timeout, TimeSpan spent) =>
        _timeLeft = timeout == Timeout.InfiniteTimeSpan ? timeout : MySqlConnection.Positive(timeout - spent);

    /// <summary>0: results are not nested.</summary>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public override int Depth
    {
        get
        {
            RequireOpen();
            return 0;
        }
    }

    /// <summary>Columns of the current result; 0 when it has no rows to give.</summary>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public override int FieldCount
    {
        get
        {
            RequireOpen();
            return _results.Columns.Length;
        }
    }

    /// <summary>Whether the current result has rows, read or not.</summary>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public override bool HasRows
    {
        get
        {
            RequireOpen();
            return _results.HasRows;
        }
    }

    /// <inheritdoc />
    public override bool IsClosed => _isClosed;

    /// <summary>Rows that the statements so far inserted, deleted, or matched for an update; -1 when there were only queries.</summary>
    public override int RecordsAffected => (_batch is null ? _results.AffectedRows : _batch.AffectedRows) is { } rows ? (int)Math.Min(rows, int.MaxValue) : -1;

    /// <inheritdoc />
    public override bool Read() => ReadAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        IsRefused(cancellationToken) ? Task.FromCanceled<bool>(cancellationToken) : ReadAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override bool NextResult() => NextResultAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) =>
        IsRefused(cancellationToken) ? Task.FromCanceled<bool>(cancellationToken) : NextResultAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Reads what is left unread and frees the connection. Never throws: when reading fails or takes longer than three seconds, the
    /// connection is broken.
    /// </summary>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc cref="Close" />
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    internal ValueTask<bool> ReadAsync(bool async, CancellationToken cancellationToken)
    {
        RequireOpen();
        _hasGivenSingleRow |= _hasRow && _isSingleRow;
        LeaveRow();
        if (_hasGivenSingleRow) return new ValueTask<bool>(false);
        if (_session.IsBroken) return ReadFromServerAsync(async, cancellationToken);

        try
        {
            // Most rows lie in the buffer already: no call to bracket, nothing to time.
            if (_results.TryReadRow(out bool buffered)) return new ValueTask<bool>(_hasRow = buffered);
        }
        catch (Exception failure)
        {
            return FailBufferedAsync(failure, async, cancellationToken);
        }

        return ReadFromServerAsync(async, cancellationToken);
    }

    /// <summary>Runs everything to its end and closes the reader; the rows affected.</summary>
    internal async ValueTask<int> FinishAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            while (await NextResultAsync(async, cancellationToken).ConfigureAwait(false))
            {
            }

            return RecordsAffected;
        }
        finally
        {
            await CloseAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Runs everything to its end and closes the reader; the first value of the first row, null when there is no row.</summary>
    internal async ValueTask<object?> FirstValueAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            bool hasRow = await ReadAsync(async, cancellationToken).ConfigureAwait(false);
            object? value = hasRow ? GetValue(0) : null;
            while (await NextResultAsync(async, cancellationToken).ConfigureAwait(false))
            {
            }

            return value;
        }
        finally
        {
            await CloseAsync(async).ConfigureAwait(false);
        }
    }

    internal async ValueTask<bool> NextResultAsync(bool async, CancellationToken cancellationToken)
    {
        RequireOpen();
        LeaveRow();
        if (_results.IsComplete && !_results.HasMoreResults && _batch is null or { IsOver: true })
        {
            // No I/O; the columns of the last result are gone.
            return await _results.NextResultAsync(async).ConfigureAwait(false);
        }

        bool hasNext;
        do
        {
            hasNext = await CallAsync(this, static (reader, async) => reader.MoveAsync(async), InterruptBy.Killing, async, cancellationToken).ConfigureAwait(false);
            if (_owner is MySqlCommand command) command.LastInsertedId = _results.LastInsertId;
        }
        while (hasNext && (_behavior & (CommandBehavior.SingleResult | CommandBehavior.SingleRow)) != 0);

        return hasNext;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Closing must not hide the exception that led to it; a connection that failed is marked as broken.")]
    internal async ValueTask CloseAsync(bool async)
    {
        // Who closes it a second time, or from another thread, finds it being closed.
        if (Interlocked.Exchange(ref _isClosing, true)) return;

        LeaveRow();
        try
        {
            if ((!_results.IsComplete || _batch is { IsOver: false }) && !_session.IsBroken)
            {
                _timeLeft = MySqlConnection.CleanupTimeout;
                await CallAsync(this, static (reader, async) => reader.DrainAsync(async), InterruptBy.Aborting, async, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            if (!_results.IsComplete) _session.Break();

            // Nobody is told that a write which was not waited for has failed: so its transaction must not be committed.
            if (_batch is not null || _results.MayWrite) _session.RolledBackBy ??= failure as MySqlException;
        }

        _isClosed = true;
        _connection.Reader = null;
        if (_behavior.HasFlag(CommandBehavior.CloseConnection)) await _connection.CloseAsync(async).ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    private async ValueTask<bool> ReadFromServerAsync(bool async, CancellationToken cancellationToken) =>
        _hasRow = await CallAsync(_results, static (results, async) => results.ReadRowAsync(async), InterruptBy.Killing, async, cancellationToken).ConfigureAwait(false);

    private async ValueTask<bool> FailBufferedAsync(Exception failure, bool async, CancellationToken cancellationToken) =>
        throw Observed(await _session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false));

    /// <summary>The statement is over for who observes it; what fails behind its first row is told on its own.</summary>
    private Exception Observed(Exception told)
    {
        OperationScope.FailBehind(_connection, _session, told);
        return told;
    }

    /// <summary>Moves to the next result, of this command or of the next one of a batch.</summary>
    private async ValueTask<bool> MoveAsync(bool async)
    {
        if (await _results.NextResultAsync(async).ConfigureAwait(false)) return true;
        if (_batch is null || await _batch.NextAsync(async).ConfigureAwait(false) is not { } next) return false;

        _results = next;
        _results.IsSequential = _behavior.HasFlag(CommandBehavior.SequentialAccess);
        return true;
    }

    private async ValueTask<bool> DrainAsync(bool async)
    {
        await _results.DrainAsync(async).ConfigureAwait(false);
        if (_batch is { IsOver: false }) await _batch.FinishAsync(async).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<T> CallAsync<TState, T>(
        TState state, Func<TState, bool, ValueTask<T>> call, InterruptBy by, bool async, CancellationToken cancellationToken)
    {
        _session.BeginContinuation(_timeLeft, MySqlCommand.TimeoutName, _owner, by, cancellationToken);
        T answer;
        try
        {
            answer = await call(state, async).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw Observed(await _session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false));
        }

        TimeSpan spent = _session.EndCall();
        if (_timeLeft != Timeout.InfiniteTimeSpan) _timeLeft = MySqlConnection.Positive(_timeLeft - spent);
        if (_session.IsInterrupted) await SettleAsync(async, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    private async ValueTask SettleAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            await _session.SettleAsync(_results, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception told)
        {
            throw Observed(told);
        }
    }

    private void LeaveRow()
    {
        _hasRow = false;
        _characters = null;
    }

    /// <summary>A caller who comes with a cancelled token finds the reader where it was; within a call, it stops the statement.</summary>
    private bool IsRefused(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested && !_isClosed;

    private void RequireOpen()
    {
        if (_isClosed) throw new InvalidOperationException(ReaderIsClosed);
    }
}
