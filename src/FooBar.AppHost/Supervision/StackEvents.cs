using System.Globalization;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Supervision;

/// <summary>Something that happened to a running stack.</summary>
/// <param name="At">When, by the machine's clock.</param>
/// <param name="Text">What, in a sentence without a full stop.</param>
internal sealed record StackEvent(DateTimeOffset At, string Text)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToLocalTime():HH:mm:ss} {Text}");
}

/// <summary>The newest of what happened to a stack; all of it goes to the supervisor's log. Thread-safe.</summary>
internal sealed class StackEvents(StateFolder state, TimeProvider time)
{
    private const int Kept = 8;

    private readonly Lock _lock = new();
    private readonly Queue<StackEvent> _newest = new();

    /// <summary>The newest events, oldest first.</summary>
    public IReadOnlyList<StackEvent> Newest
    {
        get
        {
            lock (_lock)
            {
                return [.. _newest];
            }
        }
    }

    public StackEvent Add(string text)
    {
        StackEvent happened = new(time.GetUtcNow(), text);
        lock (_lock)
        {
            _newest.Enqueue(happened);
            if (_newest.Count > Kept)
            {
                _newest.Dequeue();
            }

            try
            {
                File.AppendAllText(state.Log("supervisor"), string.Create(CultureInfo.InvariantCulture, $"{happened.At:yyyy-MM-ddTHH:mm:ss.fffZ} {text}\n"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk must not end the supervision.
            }
        }

        return happened;
    }
}
