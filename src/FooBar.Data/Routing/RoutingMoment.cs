namespace FooBar.Data;

/// <summary>What the choice of a replica depends on besides the nodes.</summary>
/// <param name="Now">A timestamp of the clock.</param>
/// <param name="Time">The clock.</param>
/// <param name="PreferredLocation">Whose replicas come first; null for no preference.</param>
internal readonly record struct RoutingMoment(long Now, TimeProvider Time, string? PreferredLocation);
