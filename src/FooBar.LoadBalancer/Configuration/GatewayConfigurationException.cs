namespace FooBar.LoadBalancer.Configuration;

/// <summary>The gateway cannot start with this configuration; each message names an option and says what it must be.</summary>
internal sealed class GatewayConfigurationException(IReadOnlyList<string> errors, Exception? cause = null)
    : Exception(string.Join(Environment.NewLine, errors), cause)
{
    /// <summary>One message per mistake; never empty.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
