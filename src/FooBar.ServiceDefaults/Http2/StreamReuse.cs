using System.Linq.Expressions;
using System.Reflection;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.ServiceDefaults.Http2;

/// <summary>
/// Lets an HTTP/2 stream that Kestrel uses anew be written to. Kestrel (10.0.12) keeps a connection's streams for its next requests, and with a stream the
/// mark that it stands in the queue of the task that writes. That task throws away what it finds in the queue of an answer that is complete, and leaves the mark;
/// who is queued in that very moment, as the client opens the window for the last bytes, is never queued again: the stream's next answer is not sent, and its client
/// waits for ever. Seven of four million requests were lost like that. So each request that comes to the application begins without the mark. The server offers
/// no way to it: it is found by name.
/// </summary>
/// <remarks>
/// The defect is known to the server's makers (dotnet/aspnetcore 53736). If the stream stands in the queue after all, with the request before it, it is queued
/// twice, which costs a look. Thread-safe.
/// </remarks>
public static class StreamReuse
{
    private const string Namespace = "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http2.";

    private static readonly Action<object>? _free = Create();

    /// <summary>Whether this server's streams have the mark where it is looked for.</summary>
    public static bool IsKnown => _free is not null;

    /// <summary>To be called before anything else is done for a request.</summary>
    /// <param name="request">The request's features as the server gave them; any protocol's.</param>
    public static void Free(IFeatureCollection request) => _free?.Invoke(request);

    private static Action<object>? Create()
    {
        Assembly server = typeof(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServer).Assembly;
        Type? stream = server.GetType(Namespace + "Http2Stream");
        FieldInfo? output = stream?.GetField("_http2Output", BindingFlags.Instance | BindingFlags.NonPublic);
        FieldInfo? mark = output?.FieldType.GetField("_isScheduled", BindingFlags.Instance | BindingFlags.NonPublic);
        if (stream is null || output is null || mark?.FieldType != typeof(bool))
            return null;

        ParameterExpression request = Expression.Parameter(typeof(object));
        return Expression.Lambda<Action<object>>(
            Expression.IfThen(
                Expression.TypeIs(request, stream),
                Expression.Assign(Expression.Field(Expression.Field(Expression.Convert(request, stream), output), mark), Expression.Constant(false))),
            request).Compile();
    }
}
