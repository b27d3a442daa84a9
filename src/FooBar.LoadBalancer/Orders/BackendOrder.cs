using FooBar.LoadBalancer.Balancing;

namespace FooBar.LoadBalancer.Orders;

/// <summary>What people have ordered of one backend. Immutable.</summary>
/// <param name="State">The latest order of its state; null if there was none.</param>
/// <param name="Weight">The latest order of its weight; null if there was none.</param>
/// <param name="UnknownSince">Since when no backend of this name is configured; null while one is.</param>
internal sealed record BackendOrder(StateOrder? State = null, WeightOrder? Weight = null, DateTimeOffset? UnknownSince = null);

/// <summary>What is common to every order.</summary>
internal interface IOrder
{
    /// <summary>Who, as the audit log names them.</summary>
    string By { get; }

    /// <summary>When.</summary>
    DateTimeOffset Since { get; }

    /// <summary>Why, in the person's words; null if none were given.</summary>
    string? Reason { get; }
}

/// <summary>Whether a backend is to take requests. Immutable.</summary>
/// <param name="Is">The state.</param>
/// <param name="By">See <see cref="IOrder.By"/>.</param>
/// <param name="Since">See <see cref="IOrder.Since"/>.</param>
/// <param name="Reason">See <see cref="IOrder.Reason"/>.</param>
internal sealed record StateOrder(AdminState Is, string By, DateTimeOffset Since, string? Reason = null) : IOrder;

/// <summary>Which weight a backend is to have. Immutable.</summary>
/// <param name="InsteadOf">The configured weight at that time. When the settings say another one, they are the later word.</param>
/// <param name="By">See <see cref="IOrder.By"/>.</param>
/// <param name="Since">See <see cref="IOrder.Since"/>.</param>
/// <param name="Is">The weight; null: the configured one again.</param>
/// <param name="Reason">See <see cref="IOrder.Reason"/>.</param>
internal sealed record WeightOrder(int InsteadOf, string By, DateTimeOffset Since, int? Is = null, string? Reason = null) : IOrder
{
    /// <summary>The weight that it means for a backend whose settings say another; null when the settings are the later word.</summary>
    public int? For(int configured) => configured == InsteadOf ? Is ?? configured : null;
}
