namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// The settings in force. Whoever handles one request reads them once, at its beginning, and keeps them
/// (<see cref="Edge.GatewayRequest.Settings"/>): a reload must not change the rules in the middle. Thread-safe.
/// </summary>
internal sealed class CurrentSettings(GatewaySettings first)
{
    private volatile GatewaySettings _value = first;

    /// <summary>The settings of generation 1.</summary>
    public CurrentSettings(GatewayOptions options)
        : this(new GatewaySettings(1, options))
    {
    }

    /// <summary>The settings in force now.</summary>
    public GatewaySettings Value => _value;

    /// <summary>Their options.</summary>
    public GatewayOptions Options => _value.Options;

    /// <summary>Puts others in force. <see cref="SettingsReload"/> alone calls it.</summary>
    public void Swap(GatewaySettings next) => _value = next;
}
