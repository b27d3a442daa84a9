using FooBar.Web.Schema;
using FooBar.Web.Seeding;

namespace FooBar.Web.StartUp;

/// <summary>What prepares the database before the first page is served.</summary>
internal static class StartUpSetup
{
    public static WebApplicationBuilder AddStartUp(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddOptions<SiteOptions>().BindConfiguration("Site")
            .Validate(site => site.SeedPosts is >= 0 and <= 100_000, "Site:SeedPosts must be between 0 and 100000.")
            .ValidateOnStart();
        services.AddSingleton(SchemaScript.All());
        services.AddSingleton<SchemaMigrator>();
        services.AddSingleton<PostSeeder>();
        services.AddSingleton<SiteState>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PageWarmUp>(
            provider, (CancellationToken cancel) => WriteRehearsal.RunAsync(provider.GetRequiredService<Data.Database>(), cancel)));
        services.AddHostedService<SiteStartUp>();
        return builder;
    }
}
