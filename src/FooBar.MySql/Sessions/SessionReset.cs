using System.Text;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Sessions;

/// <summary>
/// Brings a used session back to a new one's state before its next owner's first statement: COM_RESET_CONNECTION rolls back, releases
/// locks, drops temporary tables, user variables and prepared statements, and sets the variables back to the server's defaults. It is
/// written in front of that first statement and costs no round trip of its own.
/// </summary>
internal sealed class SessionReset(Session session)
{
    private bool _isUsed;
    private bool _isDue;
    private int _answersDue;

    /// <summary>
    /// What has to be set again because the server's defaults differ from what the driver relies on; null when they are the same.
    /// </summary>
    public string? Settings { get; set; }

    /// <summary>The next statement is to be preceded by a reset, which drops what was prepared.</summary>
    public bool IsDue => _isDue;

    /// <summary>Notes that the owner has run a statement.</summary>
    public void MarkUsed() => _isUsed = true;

    /// <summary>Begins a lease: what the owner before did is to be undone.</summary>
    public void BeginLease() => _isDue = _isDue || _isUsed;

    /// <summary>
    /// Whether a reset leads back at all: it keeps the current schema, and there is no command to leave a schema for none.
    /// </summary>
    public bool IsPossible => session.Options.Database.Length > 0 || session.Schema.Length == 0;

    /// <summary>Writes the commands, if any are due, in front of the owner's first statement.</summary>
    public void WriteIfDue()
    {
        if (!_isDue) return;

        _isDue = _isUsed = false;
        session.Writer.BeginCommand(CommandCode.ResetConnection);
        session.Writer.End();
        _answersDue++;
        session.Statements.ForgetIds();
        if (Settings is { } settings)
        {
            session.Writer.BeginCommand(CommandCode.Query);
            session.Writer.WriteBytes(Encoding.UTF8.GetBytes(settings));
            session.Writer.End();
            _answersDue++;
        }

        if (session.Schema != session.Options.Database)
        {
            session.Writer.BeginCommand(CommandCode.InitDatabase);
            session.Writer.WriteString(session.Options.Database);
            session.Writer.End();
            _answersDue++;
        }
    }

    /// <summary>Reads the answers to what <see cref="WriteIfDue"/> has written.</summary>
    public async ValueTask ReadAnswersAsync(bool async)
    {
        while (_answersDue > 0)
        {
            try
            {
                await session.ReadOkAsync(async).ConfigureAwait(false);
            }
            catch (MySqlException refused)
            {
                // The answer to the owner's statement is still under way behind this one.
                session.Break();
                throw new MySqlException(refused.Number, refused.SqlState, $"The session could not be reset: {refused.Message}", session.Phase);
            }

            _answersDue--;
        }
    }
}
