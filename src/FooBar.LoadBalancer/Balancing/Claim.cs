using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>What came of asking for a backend.</summary>
/// <param name="Backend">The backend, with the request counted against it: the caller must <see cref="Backend.Release"/> it. Null if there is none.</param>
/// <param name="Refusal">Why there is none: <see cref="Outcome.NoBackend"/>, <see cref="Outcome.QueueFull"/> or <see cref="Outcome.QueueTimeout"/>.</param>
internal readonly record struct Claim(Backend? Backend, Outcome Refusal = Outcome.Completed);
