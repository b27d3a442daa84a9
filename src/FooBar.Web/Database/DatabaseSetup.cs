using FooBar.Data;
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

    private static DatabaseOptions Options(DataSources sources, DatabaseSettings settings, TimeProvider time) => new()
    {
        Nodes = sources.Nodes,
        Driver = new MySqlDriverAdapter(),
        MaximumWaiting = settings.MaximumWaiting,
        MaximumPrimaryReads = settings.MaximumPrimaryReads,
        DefaultFreshness = Freshness.AtMost(settings.StalenessBound),
        PreferredLocation = settings.PreferredLocation.Length == 0 ? null : settings.PreferredLocation,
        TimeProvider = time,
    };
}
