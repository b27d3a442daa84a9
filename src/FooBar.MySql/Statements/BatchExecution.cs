using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Statements;

/// <summary>
/// The commands of a batch on their way. Together, when they only read, or change rows inside a transaction of the driver's: then they are
/// sent in windows, small enough for the server to take one whole while nobody reads its answers. Otherwise one after the other.
/// </summary>
/// <remarks>
/// Inside a transaction a savepoint is set first, to which the transaction goes back when a command fails. Behind that command those that are
/// under way are executed all the same, which the savepoint makes harmless; and, for the case that the failure was a deadlock and the server has ended the
/// transaction, autocommit is off, so that what comes behind begins another one, which is rolled back. (transaction_read_only would be no
/// guard: the server does not look at it after it has rolled back by itself.)
/// </remarks>
internal sealed partial class BatchExecution(MySqlBatch batch, Session session, MySqlBatchCommand[] commands, bool hasTransaction) : IExecution
{
    /// <summary>Bytes that are sent before answers are read, unless one command alone is larger.</summary>
    private const int Window = 64 * 1024;

    /// <summary>The preparation of more texts would drive each other out of the cache.</summary>
    private const int MostTexts = 32;

    /// <summary>A savepoint would not last, or be seen by what asks for the outcome of the statement before.</summary>
    private const SessionEffects NotToBeUndone = SessionEffects.Leaves | SessionEffects.Transacts | SessionEffects.SeesLast;

    private const SessionEffects NotTogether = NotToBeUndone | SessionEffects.SeesInsertId;

    private readonly PreparedStatement[] _statements = new PreparedStatement[commands.Length];
    private readonly byte[] _answers = new byte[commands.Length];
    private bool _isTogether;
    private bool _isGuarded;
    private int _sent;
    private int _current = -1;
    private int _next;
    private long? _affected;
    private ResultStream? _results;

    public object Owner => batch;

    public BatchExecution Batch => this;

    public string ObservedText => string.Join("; ", commands.Select(static command => command.CommandText));

    /// <summary>Nothing more will come: the last result was read, or a command has failed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The command that is under way, or next.</summary>
    public MySqlBatchCommand Current => commands[_next];

    /// <summary>Commands before the current one may have been executed, and will not be undone.</summary>
    public bool MayHaveExecuted => !_isTogether && !_isGuarded && _next > 0;

    /// <summary>Rows affected by the commands so far; null when there were only queries.</summary>
    public long? AffectedRows => _affected is null ? _results?.AffectedRows : _affected + (_results?.AffectedRows ?? 0);

    /// <summary>Sends the first commands and reads up to the first row of the first one.</summary>
    /// <exception cref="MySqlException">A command was refused; <see cref="System.Data.Common.DbException.BatchCommand"/> says which.</exception>
    public async ValueTask<ResultStream> BeginAsync(bool async)
    {
        foreach (MySqlBatchCommand command in commands) (command.Affected, command.LastInsertedId) = (null, 0);
        SessionEffects effects = SessionEffects.None;
        for (int index = 0; index < commands.Length; index++)
        {
            effects |= Statement(index).Text.Effects;
            if (!ParameterBinding.Of(_statements[index].Text, commands[index].Parameters).HasLongData) continue;

            throw new NotSupportedException("A Stream or TextReader cannot be a parameter in a batch; execute its statement as a command of its own.");
        }

        bool writes = effects.HasFlag(SessionEffects.Writes);
        // What waits to go in front of the first command goes in front of a statement that is sent by itself.
        _isTogether = !session.Reset.HasPreceding && (effects & NotTogether) == 0 && (!writes || hasTransaction) && commands.Length > 1
            && _statements.Distinct().Count() <= Math.Min(MostTexts, session.Options.StatementCacheSize / 2)
            && commands.All(static command => StatementCache.IsKept(command.CommandText));
        session.Batch = this;
        bool guards = !session.Reset.HasPreceding && hasTransaction && writes && (effects & NotToBeUndone) == 0 && commands.Length > 1;
        if (_isTogether || guards) await PrepareAsync(effects, guards, async).ConfigureAwait(false);
        return await NextAsync(async).ConfigureAwait(false) ?? throw new ProtocolException("a batch gave no result");
    }

    /// <summary>After the last result of one command: up to the first row of the next one; null behind the last.</summary>
    /// <exception cref="MySqlException">The command was refused.</exception>
    public async ValueTask<ResultStream?> NextAsync(bool async)
    {
        TakeFigures();
        int next = _current + 1;
        if (next == commands.Length)
        {
            IsOver = true;
            session.Batch = null;
            return null;
        }

        _next = next;
        if (next == _sent || !_isTogether) session.MarkAllAnswered();
        if (!_isTogether)
        {
            _current = next;
            return _results = await StatementExecution.ExecuteAsync(session, commands[next].CommandText, commands[next].Parameters, async)
                .ConfigureAwait(false);
        }

        if (next == _sent) await SendWindowAsync(async).ConfigureAwait(false);
        await ReadAsync(async).ConfigureAwait(false);
        return _results;
    }

    /// <summary>After a failure: reads the answers that are under way. Nothing is to be sent before.</summary>
    public async ValueTask ReadRestAsync(bool async)
    {
        IsOver = true;
        while (_isTogether && _current + 1 < _sent)
        {
            try
            {
                await ReadAsync(async).ConfigureAwait(false);
                await _results!.DrainAsync(async).ConfigureAwait(false);
            }
            catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
            {
                // It came behind the one that failed. That the whole transaction is gone must not be lost with it.
                session.NoteEndOfTransaction(refused);
            }
        }
    }

    /// <summary>Executes what is left of a batch whose commands go together, and reads it to its end; what is left of another is not executed.</summary>
    public async ValueTask FinishAsync(bool async)
    {
        if (!_isTogether)
        {
            IsOver = true;
            session.Batch = null;
            return;
        }

        while (await NextAsync(async).ConfigureAwait(false) is { } results) await results.DrainAsync(async).ConfigureAwait(false);
    }

    private PreparedStatement Statement(int index) => _statements[index] = session.Statements.Get(
        commands[index].CommandText, session.NoBackslashEscapes);

    private void TakeFigures()
    {
        if (_results is null) return;

        (commands[_current].Affected, commands[_current].LastInsertedId) = (_results.AffectedRows, _results.LastInsertId);
        if (_results.AffectedRows is { } rows) _affected = (_affected ?? 0) + rows;
        _results = null;
    }

    private async ValueTask SendWindowAsync(bool async)
    {
        int next = _sent;
        while (next < commands.Length)
        {
            int length = session.Writer.Length;
            try
            {
                Write(next);
            }
            catch when (next > _sent)
            {
                // Those before it come first; its own failure comes with its own window.
                session.Writer.Truncate(length);
                break;
            }

            if (session.Writer.Length > Window && next > _sent)
            {
                session.Writer.Truncate(length);
                break;
            }

            _answers[next++] = session.Writer.NextSequence;
        }

        await session.SendStatementAsync(async, isOne: next == _sent + 1).ConfigureAwait(false);

        // Not before: an interruption may have kept them back, and then no answer comes.
        _sent = next;
    }

    private void Write(int index)
    {
        PreparedStatement statement = _statements[index];
        if (statement.Text.HasParameters)
        {
            StatementPackets.WriteExecute(session, statement.Id!.Value, ParameterBinding.Of(statement.Text, commands[index].Parameters));
            return;
        }

        StatementPackets.CheckSize(session, statement.Text.Sql.Length + 1);
        WriteQuery(statement.Text.Sql);
    }

    private ValueTask ReadAsync(bool async)
    {
        _current++;
        _results = new ResultStream(session, _statements[_current].Text.HasParameters, _statements[_current]);
        return _results.BeginAsync(_answers[_current], async);
    }
}
