namespace FooBar.LoadBalancer.Health;

/// <summary>What one check came to.</summary>
/// <param name="Evidence">What it says.</param>
/// <param name="Failure">What was wrong, in words for a log; null if it passed.</param>
/// <param name="Status">The status that it was answered with; null if it got no answer.</param>
internal readonly record struct CheckResult(Evidence Evidence, string? Failure, int? Status = null);
