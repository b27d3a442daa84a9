using System.Diagnostics;
using System.Text;
using FooBar.MySql.Protocol;
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
    private readonly StatementDescription? _statement;
    private readonly Activity? _activity;
    private readonly long _started;

    private OperationScope(MySqlConnection connection, StatementDescription? statement, Activity? activity)
    {
        _connection = connection;
        _statement = statement;
        _activity = activity;
        _started = statement is null ? 0 : connection.Time.GetTimestamp();
    }

    /// <summary>Whether anybody looks at statements.</summary>
    public static bool IsObserved => Instruments.OperationDuration.Enabled || Instruments.Source.HasListeners();

    /// <summary>Begins the statement. Its span is the current one from here on, in the calling method and what that awaits.</summary>
    public static OperationScope Begin(MySqlConnection connection, string sql)
    {
        if (!IsObserved) return new OperationScope(connection, null, null);

        Session session = connection.Session;
        StatementDescription statement = StatementDescription.Of(sql, session.Status.HasFlag(ServerStatus.NoBackslashEscapes));
        Activity? activity = Instruments.Source.HasListeners() ? StartActivity(session.Options.Labels, statement) : null;
        return new OperationScope(connection, statement, activity);
    }

    /// <summary>Begins a statement of the driver's own, such as COMMIT, which is there in bytes.</summary>
    public static OperationScope Begin(MySqlConnection connection, ReadOnlySpan<byte> sql) =>
        Begin(connection, IsObserved ? Encoding.UTF8.GetString(sql) : string.Empty);

    /// <summary>The statement's first row, or its outcome, is there.</summary>
    public void End()
    {
        if (_statement is null) return;

        _activity?.Dispose();
        if (Instruments.OperationDuration.Enabled) Record(Labels());
    }

    /// <summary>The statement failed.</summary>
    /// <param name="failure">What the caller is told.</param>
    public void Fail(Exception failure)
    {
        if (_connection is null) return;

        LogFailure(failure);
        if (_statement is null) return;

        string type = FailureWords.TypeOf(failure);
        string? code = FailureWords.StatusCodeOf(failure);
        if (_activity is not null)
        {
            _activity.SetTag("error.type", type);
            if (code is not null) _activity.SetTag("db.response.status_code", code);
            _activity.SetStatus(ActivityStatusCode.Error, FailureWords.DescriptionOf(failure));
            _activity.Dispose();
        }

        if (!Instruments.OperationDuration.Enabled) return;

        TagList labels = Labels();
        labels.Add("error.type", type);
        if (code is not null) labels.Add("db.response.status_code", code);
        Record(labels);
    }

    /// <summary>A statement failed behind its first row, which has ended its scope.</summary>
    public static void FailBehind(MySqlConnection connection, Exception failure)
    {
        new OperationScope(connection, null, null).LogFailure(failure);
        if (!Instruments.ReadFailures.Enabled) return;

        TagList labels = connection.Session.Options.Labels.ForOperation(operation: null);
        labels.Add("error.type", FailureWords.TypeOf(failure));
        if (FailureWords.StatusCodeOf(failure) is { } code) labels.Add("db.response.status_code", code);
        Instruments.ReadFailures.Add(1, labels);
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

        Session session = _connection.Session;
        string phase = failure switch
        {
            MySqlException told => told.Phase.ToString(),
            MySqlCanceledException told => told.Phase.ToString(),
            _ => "unknown",
        };
        DriverLog.StatementFailed(
            _connection.Log,
            session.Options.Labels.PoolName,
            session.ThreadId,
            FailureWords.TypeOf(failure),
            (failure as MySqlException)?.SqlState ?? "none",
            phase);
    }

    private TagList Labels() => _connection!.Session.Options.Labels.ForOperation(_statement!.Operation);

    private void Record(in TagList labels) =>
        Instruments.OperationDuration.Record(_connection!.Time.GetElapsedTime(_started).TotalSeconds, labels);
}
