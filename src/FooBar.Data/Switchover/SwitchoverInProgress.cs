namespace FooBar.Data;

/// <summary>A planned change of the primary that is under way. Immutable.</summary>
/// <param name="From">The primary that was, by its name.</param>
/// <param name="To">The next one, by its name; null when another process does it and it is not known yet.</param>
/// <param name="Since">When it was begun, or first seen, in timestamps of the options' clock.</param>
public sealed record SwitchoverInProgress(string From, string? To, long Since);
