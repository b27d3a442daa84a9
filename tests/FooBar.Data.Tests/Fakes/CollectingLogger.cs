using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FooBar.Data.Tests.Fakes;

/// <summary>Keeps every line, for assertions and for the message of a test that fails.</summary>
internal sealed class CollectingLogger : ILogger<Database>
{
    public ConcurrentQueue<(LogLevel Level, int Id, string Text)> Lines { get; } = new();

    public IEnumerable<string> TextsOf(int id) => Lines.Where(line => line.Id == id).Select(line => line.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, eventId.Id, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}"));

    public override string ToString() => string.Join(Environment.NewLine, Lines.Select(line => $"{line.Level} {line.Id} {line.Text}"));
}
