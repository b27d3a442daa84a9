using FooBar.ServiceDefaults.Http2;
using FooBar.ServiceDefaults.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>Parts the admin port's requests from the application's before anything else in the pipeline sees either.</summary>
internal sealed class AdminStartupFilter(AdminPort admin) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // Not MapWhen: a branch shares the application's endpoint routing, and with it every endpoint of the application.
        app.Use(application => context =>
        {
            StreamReuse.Free(context.Features);
            return AdminPort.Owns(context.Features) ? admin.AnswerAsync(context) : NextRequestGrace.NoteAsync(context, application);
        });
        next(app);
    };
}
