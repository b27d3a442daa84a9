using FooBar.GroupKeeper;
using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Orders;
using FooBar.GroupKeeper.Settings;
using FooBar.ServiceDefaults;
using Microsoft.Extensions.Options;

return args is [FormOrderCommand.Option, ..] ? FormOrderCommand.Run(args[1..]) : await ServiceProgram.RunAsync(args, Build);

static WebApplication Build(string[] args)
{
    // Watching a settings file costs an inotify instance, of which a user has few; the settings are read once.
    WebApplicationBuilder builder = WebApplication.CreateBuilder(
        new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false", .. args], ContentRootPath = AppContext.BaseDirectory });

    builder.AddServiceDefaults(KeeperMetrics.MeterName);
    builder.Services.AddOptions<KeeperSettings>().BindConfiguration(KeeperSettings.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
    builder.Services.AddSingleton<IValidateOptions<KeeperSettings>, KeeperSettingsValidator>();
    builder.Services
        .AddSingleton(TimeProvider.System)
        .AddSingleton(services => Membership.Of(services.GetRequiredService<IOptions<KeeperSettings>>().Value))
        .AddSingleton<KeeperRecord>()
        .AddSingleton<KeeperMetrics>()
        .AddHostedService<Keeper>();
    builder.Services.AddHealthChecks().AddCheck<MemberHealthCheck>("member", tags: ["ready"]);

    WebApplication app = builder.Build();
    app.UseServiceDefaults();
    return app;
}
