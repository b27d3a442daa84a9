using FooBar.ServiceDefaults;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>The gateway cannot start with this configuration; each message names an option and says what it must be.</summary>
internal sealed class GatewayConfigurationException(IReadOnlyList<string> errors, Exception? cause = null)
    : ServiceConfigurationException(errors, cause);
