using FooBar.ServiceDefaults.Http2;
using FooBar.ServiceDefaults.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>Parts the admin port's requests from the application's before anything else in the pipeline sees either.</summary>
internal sealed partial class AdminStartupFilter(AdminPort admin, ILogger<AdminStartupFilter> logger) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (!StreamReuse.IsKnown)
            LogUnknownServer();

        // Not MapWhen: a branch shares the application's endpoint routing, and with it every endpoint of the application.
        app.Use(application => context =>
        {
            StreamReuse.Free(context.Features);
            return AdminPort.Owns(context.Features) ? admin.AnswerAsync(context) : NextRequestGrace.NoteAsync(context, application);
        });
        next(app);
    };

    [LoggerMessage(4030, LogLevel.Warning, "This version of Kestrel is not the one that is known: one of a million answers over HTTP/2 may be lost")]
    private partial void LogUnknownServer();
}
