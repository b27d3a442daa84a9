using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Statements;

namespace FooBar.MySql.Sessions;

/// <summary>
/// Brings a used session back to a new one's state before its next owner's first statement: COM_RESET_CONNECTION rolls back, releases
/// locks, drops temporary tables, user variables and prepared statements, and sets the variables back to the server's defaults. It is
/// written in front of that first statement and costs no round trip of its own. By default it is left out where nothing can have been
/// left behind, because it costs the server, and both sides the prepared statements.
/// </summary>
internal sealed class SessionReset(Session session)
{
    private static readonly byte[] ForgetInsertId = [.. "DO LAST_INSERT_ID(0)"u8];
    private static readonly byte[] AutocommitOn = [.. "SET autocommit = 1"u8];

    private bool _isUsed;
    private bool _isUsedInLease;
    private bool _hasLeft;
    private bool _hasInsertId;
    private bool _hasOthersInsertId;
    private bool _isAutocommitOff;
    private bool _isDue;
    private bool _isWritten;
    private bool _isResetWritten;
    private int _answersDue;
    private (byte[] Sql, SessionEffects Effects)? _preceding;
    private bool _isPrecedingWritten;
    private (bool IsDue, bool IsUsedInLease, bool HasLeft, bool HasInsertId, bool HasOthersInsertId, bool IsAutocommitOff) _before;

    /// <summary>
    /// What has to be set again because the server's defaults differ from what the driver relies on; null when they are the same.
    /// </summary>
    public string? Settings { get; set; }

    /// <summary>
    /// Whether a reset leads back at all: it keeps the current schema, and there is no command to leave a schema for none.
    /// </summary>
    public bool IsPossible => session.Options.Database.Length > 0 || session.Schema.Length == 0;

    /// <summary>Whether a reset stands in front of the owner's next statement, whatever that is.</summary>
    public bool IsDue => _isDue;

    /// <summary>A statement since the last reset may have left something behind.</summary>
    public bool MayHaveLeft => _hasLeft;

    /// <summary>Why the server refused the statement in front of the one that is under way; null when it did not.</summary>
    public MySqlException? Refusal { get; private set; }

    /// <summary>Whether a statement of the owner waits to go in front of its next one.</summary>
    public bool HasPreceding => _preceding is not null;

    private MySqlConnectionReset Policy => session.Options.ConnectionReset;

    /// <summary>Begins a lease: what the owner before did is to be undone.</summary>
    public void BeginLease()
    {
        _isDue |= Policy switch
        {
            MySqlConnectionReset.Always => _isUsed,
            MySqlConnectionReset.WhenNeeded => _hasLeft,
            _ => false,
        };

        // Whatever has switched it off, the next owner's writes must not wait for a COMMIT that never comes.
        _isDue |= Policy != MySqlConnectionReset.Never && !_isAutocommitOff && (session.Status & ServerStatus.AutoCommit) == 0;
        _hasOthersInsertId |= _hasInsertId;
        _hasInsertId = _isUsedInLease = false;
        (_preceding, Refusal) = (null, null);
    }

    /// <summary>The <see cref="Refusal"/>, to be thrown; none is left.</summary>
    public MySqlException? TakeRefusal()
    {
        (MySqlException? refusal, Refusal) = (Refusal, null);
        return refusal;
    }

    /// <summary>Has a statement of the owner, one without rows, go in front of its next one.</summary>
    public void Precede(byte[] sql, SessionEffects effects) => _preceding = (sql, effects);

    /// <summary>The server reports that a statement has changed the session.</summary>
    public void MarkChanged() => _hasLeft = true;

    /// <summary>The driver has switched autocommit off, for as long as the transaction lasts: to switch it on commits.</summary>
    public void MarkAutocommitOff() => _isAutocommitOff = true;

    /// <summary>A statement of the owner has generated an id.</summary>
    public void MarkInsertId()
    {
        _hasInsertId = true;
        _hasOthersInsertId = false;
    }

    /// <summary>Whether the owner's next statement is to be preceded by a reset, which drops what was prepared.</summary>
    public bool IsDueBefore(SessionEffects effects) =>
        _isDue || (_isUsed && !_isUsedInLease && Policy == MySqlConnectionReset.WhenNeeded
            && (effects & (SessionEffects.SeesLast | SessionEffects.SeesInsertId)) != 0);

    /// <summary>Writes the commands, if any are due, in front of the owner's statement.</summary>
    /// <param name="effects">Of the statement.</param>
    public void WriteIfDue(SessionEffects effects)
    {
        if (!_isWritten)
        {
            _before = (_isDue, _isUsedInLease, _hasLeft, _hasInsertId, _hasOthersInsertId, _isAutocommitOff);
            _isResetWritten = false;
        }

        _isWritten = true;
        if (IsDueBefore(effects)) WriteReset();
        else if (_hasOthersInsertId && effects.HasFlag(SessionEffects.SeesInsertId) && Policy != MySqlConnectionReset.Never) Write(ForgetInsertId, out _hasOthersInsertId);

        if (_isAutocommitOff && !session.Status.HasFlag(ServerStatus.InTransaction)) Write(AutocommitOn, out _isAutocommitOff);

        // The schema is followed by the server's own word, also where a reset would not bring it back.
        if (!_isUsedInLease && session.Options.Database.Length > 0 && session.Schema != session.Options.Database)
        {
            session.Writer.BeginCommand(CommandCode.InitDatabase);
            session.Writer.WriteString(session.Options.Database);
            session.Writer.End();
            _answersDue++;
        }

        _isUsed = _isUsedInLease = true;
        _hasLeft |= effects.HasFlag(SessionEffects.Leaves);
    }

    /// <summary>Behind <see cref="WriteIfDue"/>: writes the owner's statement that goes in front of this one, if there is one.</summary>
    public void WritePreceding()
    {
        if (_preceding is not { } preceding) return;

        Write(preceding.Sql, out _);
        _isPrecedingWritten = true;
        _hasLeft |= preceding.Effects.HasFlag(SessionEffects.Leaves);
    }

    /// <summary>Reads the statement whose predecessor was refused to its end, and throws the <see cref="Refusal"/>.</summary>
    public async ValueTask ThrowRefusalAsync(ResultStream results, bool async)
    {
        MySqlException refusal = TakeRefusal()!;
        try
        {
            await results.BeginAsync(async).ConfigureAwait(false);
            await results.DrainAsync(async).ConfigureAwait(false);
        }
        catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
        {
            // Its own refusal follows from the one before it.
        }

        throw refusal;
    }

    /// <summary>What was written has gone out: from here on it counts.</summary>
    public void MarkSent() => _isWritten = false;

    /// <summary>What was written is not sent: everything is as it was before. Does nothing when nothing was written.</summary>
    public void Unwrite()
    {
        if (!_isWritten) return;

        _isWritten = _isPrecedingWritten = false;
        _answersDue = 0;
        (_isDue, _isUsedInLease, _hasLeft, _hasInsertId, _hasOthersInsertId, _isAutocommitOff) = _before;

        // The numbers of the prepared statements are forgotten: the server is to forget them too.
        _isDue |= _isResetWritten;
    }

    /// <summary>Reads the answers to what <see cref="WriteIfDue"/> has written.</summary>
    public ValueTask ReadAnswersAsync(bool async) => _answersDue == 0 ? default : ReadDueAnswersAsync(async);

    private async ValueTask ReadDueAnswersAsync(bool async)
    {
        while (_answersDue > 0)
        {
            try
            {
                await session.ReadOkAsync(async).ConfigureAwait(false);
            }
            catch (MySqlException refused) when (_isPrecedingWritten && _answersDue == 1 && refused.Phase == MySqlFailurePhase.Answered && !ServerErrors.EndsSession(refused.Number))
            {
                Refusal = refused;
            }
            catch (MySqlException refused)
            {
                // The answer to the owner's statement is still under way behind this one.
                session.Break();
                throw new MySqlException(refused.Number, refused.SqlState, $"The session could not be reset: {refused.Message}", session.Phase);
            }

            _answersDue--;
        }

        if (!_isPrecedingWritten) return;

        // One of unknown effects may have prepared others, which moves the numbers on. Not before: the number of the statement behind it was foretold by the last.
        if (_preceding!.Value.Effects.HasFlag(SessionEffects.Leaves)) session.Statements.LastId = null;
        (_preceding, _isPrecedingWritten) = (null, false);
    }

    private void WriteReset()
    {
        _isResetWritten = true;
        _isDue = _hasLeft = _hasInsertId = _hasOthersInsertId = _isAutocommitOff = false;
        session.Writer.BeginCommand(CommandCode.ResetConnection);
        session.Writer.End();
        _answersDue++;
        session.Statements.ForgetIds();
        if (Settings is not { } settings) return;

        Write(Encoding.UTF8.GetBytes(settings), out _);
    }

    private void Write(byte[] sql, out bool isDue)
    {
        isDue = false;
        session.Writer.BeginQuery();
        session.Writer.WriteBytes(sql);
        session.Writer.End();
        _answersDue++;
    }
}
