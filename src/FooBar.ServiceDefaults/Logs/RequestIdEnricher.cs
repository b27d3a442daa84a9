using Microsoft.AspNetCore.Http;
using Serilog.Core;
using Serilog.Events;

namespace FooBar.ServiceDefaults.Logs;

/// <summary>
/// The id of the request in hand, as it is now. The framework's own log scope keeps the id that the server made up, also when the
/// application has since put the caller's in its place.
/// </summary>
internal sealed class RequestIdEnricher(IHttpContextAccessor accessor) : ILogEventEnricher
{
    public const string Property = "RequestId";

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (accessor.HttpContext is { } context)
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty(Property, new ScalarValue(context.TraceIdentifier)));
        }
    }
}
