namespace FooBar.LoadBalancer.Balancing;

/// <summary>What a person wants of a backend. It wins over everything that checks and requests say.</summary>
internal enum AdminState
{
    /// <summary>It takes traffic when its health allows.</summary>
    Ready,

    /// <summary>It finishes what it has and takes nothing new, not even when no other backend is left. It is checked on.</summary>
    Drain,

    /// <summary>As with drain, and it is not checked either: whatever it does meanwhile says nothing.</summary>
    Maintenance,
}
