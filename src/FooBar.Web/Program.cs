using FooBar.Data;
using FooBar.MySql;
using FooBar.ServiceDefaults;
using FooBar.Web.Database;
using FooBar.Web.DataProtection;
using FooBar.Web.Errors;
using FooBar.Web.Health;
using FooBar.Web.Hosting;
using FooBar.Web.Pages;
using FooBar.Web.Posts;
using FooBar.Web.StartUp;

return await ServiceProgram.RunAsync(args, Build);

static WebApplication Build(string[] args)
{
    // The site's own files lie beside its assembly, from whichever folder it is started.
    WebApplicationBuilder builder = WebApplication.CreateBuilder(
        new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    builder.AddServiceDefaults(Database.MeterName, MySqlTelemetry.MeterName);
    builder.Services.AddSingleton(TimeProvider.System);
    builder.AddTrafficListener();
    builder.AddStaticFiles();
    builder.AddDatabase();
    builder.AddStartUp();
    builder.AddDatabaseHealth();
    builder.AddPosts();
    builder.AddPages();
    builder.AddSharedDataProtection();

    WebApplication app = builder.Build();

    app.UseServiceDefaults();
    app.UseNodeHosts();
    app.Use(app.Services.GetRequiredService<PageWarmUp>().Take);
    app.UseMiddleware<RequestId>();
    app.UseForwardedHeaders();
    app.UseMiddleware<PageHeaders>();
    app.UseErrorPages();
    app.UseRouting();
    app.UseMiddleware<PageLength>();
    app.UseMiddleware<PreparedGate>();
    app.UseMiddleware<CausalTokenMiddleware>();

    app.MapStaticFiles();
    app.MapReadiness();
    app.MapPages();

    return app;
}
