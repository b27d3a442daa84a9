namespace FooBar.Data.Tests.History;

/// <summary>One thing that a history shows and must not.</summary>
/// <param name="Rule">Which rule it breaks.</param>
/// <param name="Key">The list.</param>
/// <param name="Value">The value; of a stale read the first that it missed.</param>
/// <param name="What">What happened, with the calls' clients and times; times are since the history's beginning.</param>
internal sealed record Violation(Rule Rule, int Key, long Value, string What)
{
    public override string ToString() => $"{Rule}: value {Value} of list {Key} {What}";
}
