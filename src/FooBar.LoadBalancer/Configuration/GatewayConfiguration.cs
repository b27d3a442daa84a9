using FooBar.ServiceDefaults;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>Reads the section <c>Gateway</c> into checked options. The start and <c>--check</c> both come through here.</summary>
internal static class GatewayConfiguration
{
    /// <summary>Returns options that passed <see cref="GatewayOptionsValidator"/>.</summary>
    /// <exception cref="GatewayConfigurationException">A key is unknown, or a value is missing, malformed or out of range.</exception>
    public static GatewayOptions Load(IConfiguration configuration)
    {
        GatewayOptions options = Bind(configuration);

        // The binder adds to a list instead of replacing it, so the defaults of lists come after it, and only if it found nothing.
        UseDefaults(options.Addresses, GatewayOptions.DefaultAddresses);
        UseDefaults(options.Hosts, GatewayOptions.DefaultHosts);
        UseDefaults(options.Cache.BypassCookies, CacheOptions.DefaultBypassCookies);
        UseDefaults(options.Cache.BypassHeaders, CacheOptions.DefaultBypassHeaders);
        UseDefaults(options.Limits.Allow, LimitOptions.DefaultAllow);

        IReadOnlyList<string> errors = GatewayOptionsValidator.Validate(options);
        return errors.Count == 0 ? options : throw new GatewayConfigurationException(errors);
    }

    private static GatewayOptions Bind(IConfiguration configuration)
    {
        GatewayOptions options = new();
        try
        {
            // A misspelt key would otherwise silently leave its option at the default.
            configuration.GetSection(GatewayOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
            return options;
        }
        catch (InvalidOperationException exception)
        {
            throw new GatewayConfigurationException([BindingMistake.Describe(exception)], exception);
        }
    }

    private static void UseDefaults(IList<string> list, IReadOnlyList<string> defaults)
    {
        if (list.Count > 0)
            return;
        foreach (string value in defaults)
            list.Add(value);
    }
}
