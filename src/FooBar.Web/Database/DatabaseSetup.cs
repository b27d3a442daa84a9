using System.Net;
using FooBar.Data;
using FooBar.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Database;

/// <summary>From the configuration to a <see cref="Data.Database"/> and to the session that a request reads and writes through.</summary>
internal static class DatabaseSetup
{
    public static WebApplicationBuilder AddDatabase(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;

        // Without it the binder leaves out a node that has a wrong value, and says nothing.
        services.AddOptions<DatabaseSettings>().BindConfiguration("Database", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatabaseSettings>, DatabaseSettingsValidator>();
        services.AddSingleton<NodeHosts>();
        services.AddSingleton<DataSources>();
        services.AddSingleton(provider => new Data.Database(
            Options(
                provider.GetRequiredService<DataSources>(),
                provider.GetRequiredService<IOptions<DatabaseSettings>>().Value,
                provider.GetRequiredService<TimeProvider>()),
            provider.GetRequiredService<ILogger<Data.Database>>()));
        services.AddHostedService<NodeReload>();
        services.AddScoped<RequestSession>();
        services.AddScoped(provider => provider.GetRequiredService<RequestSession>().Session);
        return builder;
    }

    /// <summary>
    /// Asks once for the addresses of the nodes' hosts, before anything starts; to be called when the settings are known to be valid.
    /// </summary>
    /// <exception cref="ServiceConfigurationException">No node's host has one.</exception>
    public static WebApplication UseNodeHosts(this WebApplication app)
    {
        app.Services.GetRequiredService<NodeHosts>().Require(app.Services.GetRequiredService<IOptions<DatabaseSettings>>().Value.Nodes);
        return app;
    }

    private static DatabaseOptions Options(DataSources sources, DatabaseSettings settings, TimeProvider time) => new()
    {
        Nodes = sources.Nodes,
        Driver = new MySqlDriverAdapter(),
        MaximumWaiting = settings.MaximumWaiting,
        MaximumPrimaryReads = settings.MaximumPrimaryReads,
        DefaultFreshness = Freshness.AtMost(settings.StalenessBound),
        PreferredLocation = settings.PreferredLocation.Length == 0 ? null : settings.PreferredLocation,
        Discovery = settings.DiscoveryNetworks.Count == 0
            ? null
            : new([.. settings.DiscoveryNetworks.Select(network => IPNetwork.Parse(network))], sources.TakeOn, sources.LetGo),
        TimeProvider = time,
    };
}
