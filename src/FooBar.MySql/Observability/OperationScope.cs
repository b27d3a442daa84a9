using System.Diagnostics;
using System.Text;
using FooBar.MySql.Sessions;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Observability;

/// <summary>
/// One statement as it is observed, from before it is sent until its first row or its outcome is there: a span, a duration, and a log line
/// if it fails. To be begun within the call's try block, so that what a listener throws is treated as the statement's failure, and ended
/// once, by <see cref="End"/> or <see cref="Fail"/>. The default value observes nothing.
/// </summary>
internal readonly struct OperationScope
{
    private readonly MySqlConnection? _connection;
    private readonly Session _session;
    private readonly StatementDescription? _statement;
    private readonly Activity? _activity;
    private readonly long _started;

    /// <param name="connection">Has the clock and the log.</param>
    /// <param name="session">The connection's when the statement began: another thread may close the connection under it.</param>
    /// <param name="statement">Null when nobody observes it.</param>
    /// <param name="activity">Its span; null for none.</param>
    private OperationScope(MySqlConnection connection, Session session, StatementDescription? statement, Activity? activity)
    {
        _connection = connection;
        _session = session;
        _statement = statement;
        _activity = activity;
        _started = statement is null ? 0 : connection.Time.GetTimestamp();
    }

    /// <summary>Whether anybody looks at statements.</summary>
    public static bool IsObserved => Instruments.OperationDuration.Enabled || Instruments.Source.HasListeners();

    /// <summary>Begins the statement. Its span is the current one from here on, in the calling method and what that awaits.</summary>
    public static OperationScope Begin(MySqlConnection connection, Session session, string sql)
    {
        if (!IsObserved) return new OperationScope(connection, session, null, null);

        StatementDescription statement = StatementDescription.Of(sql, session.NoBackslashEscapes);
        Activity? activity = Instruments.Source.HasListeners() ? StartActivity(session.Options.Labels, statement) : null;
        return new OperationScope(connection, session, statement, activity);
    }

    /// <summary>Begins a statement of the driver's own, such as COMMIT, which is there in bytes.</summary>
    public static OperationScope Begin(MySqlConnection connection, Session session, ReadOnlySpan<byte> sql) =>
        Begin(connection, session, IsObserved ? Encoding.UTF8.GetString(sql) : string.Empty);

    /// <summary>The statement's first row, or its outcome, is there.</summary>
    public void End()
    {
        if (_statement is null) return;

        _activity?.Dispose();
        if (Instruments.OperationDuration.Enabled) Record(Labels());
    }

    /// <summary>The statement failed. What observers throw is dropped: the caller is to be told of the failure.</summary>
    /// <param name="failure">What the caller is told.</param>
    public void Fail(Exception failure)
    {
        if (_connection is null) return;

        Observers.Tell((Scope: this, Failure: failure), static told =>
        {
            if (told.Scope._statement is not null) told.Scope.RecordFailure(told.Failure);
            told.Scope.LogFailure(told.Failure);
        });
    }

    /// <summary>A statement failed behind its first row, which has ended its scope. What observers throw is dropped.</summary>
    public static void FailBehind(MySqlConnection connection, Session session, Exception failure) => Observers.Tell(() =>
    {
        if (Instruments.ReadFailures.Enabled)
        {
            TagList labels = session.Options.Labels.ForOperation(operation: null);
            AddFailure(ref labels, failure);
            Instruments.ReadFailures.Add(1, labels);
        }

        new OperationScope(connection, session, null, null).LogFailure(failure);
    });

    private void RecordFailure(Exception failure)
    {
        if (_activity is not null)
        {
            _activity.SetTag("error.type", FailureWords.TypeOf(failure));
            if (FailureWords.StatusCodeOf(failure) is { } code) _activity.SetTag("db.response.status_code", code);
            _activity.SetStatus(ActivityStatusCode.Error, FailureWords.DescriptionOf(failure));
            _activity.Dispose();
        }

        if (!Instruments.OperationDuration.Enabled) return;

        TagList labels = Labels();
        AddFailure(ref labels, failure);
        Record(labels);
    }

    private static void AddFailure(ref TagList labels, Exception failure)
    {
        labels.Add("error.type", FailureWords.TypeOf(failure));
        if (FailureWords.StatusCodeOf(failure) is { } code) labels.Add("db.response.status_code", code);
    }

    private static Activity? StartActivity(ServerLabels server, StatementDescription statement)
    {
        string name = statement.Operation is { } operation ? $"{operation} {server.Target}" : server.Target;

        // At the start, because a sampler may decide by them.
        TagList labels = server.ForOperation(statement.Operation);
        labels.Add("db.query.text", statement.Text);
        return Instruments.Source.StartActivity(ActivityKind.Client, parentContext: default, labels, name: name);
    }

    private void LogFailure(Exception failure)
    {
        if (!_connection!.Log.IsEnabled(LogLevel.Debug)) return;

        string phase = failure switch
        {
            MySqlException told => told.Phase.ToString(),
            MySqlCanceledException told => told.Phase.ToString(),
            _ => "unknown",
        };
        DriverLog.StatementFailed(
            _connection.Log,
            _session.Options.Labels.PoolName,
            _session.ThreadId,
            FailureWords.TypeOf(failure),
            (failure as MySqlException)?.SqlState ?? "none",
            phase);
    }

    private TagList Labels() => _session.Options.Labels.ForOperation(_statement!.Operation);

    private void Record(in TagList labels) =>
        Instruments.OperationDuration.Record(_connection!.Time.GetElapsedTime(_started).TotalSeconds, labels);
}
