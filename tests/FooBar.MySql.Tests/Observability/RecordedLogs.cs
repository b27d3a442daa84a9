using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Tests.Observability;

/// <summary>Keeps what is logged: level, event id and text of each line.</summary>
internal sealed class RecordedLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = [];

    public string? Category { get; private set; }

    /// <summary>Every line but those that each connection causes: opened and closed.</summary>
    public IReadOnlyList<(LogLevel Level, int Id, string Text)> Lines => [.. _lines.Where(line => line.Id is not (2000 or 2001))];

    public IReadOnlyList<string> Of(int id) => [.. _lines.Where(line => line.Id == id).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName)
    {
        Category = categoryName;
        return this;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Assert.Null(exception);
        _lines.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
