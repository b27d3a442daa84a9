using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.ServiceDefaults.Stopping;

/// <summary>
/// Lets a connection have one more request answered although the server stops. Kestrel closes, when it stops, each connection that has no
/// request in hand: one that it has just accepted, still in the TLS handshake, and one whose next request is on the way at that moment. Whoever is at the
/// other end sees a failure, for which HTTP/1.1 has no safe second try. Here such a connection hears of the stop when its next request has begun, which
/// then is answered with <c>Connection: close</c> (HTTP/2: followed by GOAWAY) as any request in flight, or when the time for that is over.
/// </summary>
public static class NextRequestGrace
{
    /// <summary>Puts the listener's connections in its care. Comes before TLS, whose handshake is a part of what is waited for.</summary>
    /// <param name="listener">A listener that is being configured.</param>
    /// <param name="times">Asked when the server stops: the longest time from then to a connection's first request, and to the next one on a connection of
    /// HTTP/1.1 that has had one, or to the client's end of one of HTTP/2 that has been told; 0 for none, as Kestrel has it.</param>
    public static void UseNextRequestGrace(this ListenOptions listener, Func<(TimeSpan First, TimeSpan Kept)> times)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(times);
        TimeProvider time = listener.ApplicationServices.GetRequiredService<TimeProvider>();
        listener.Use(next => async connection =>
        {
            if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } server)
            {
                await next(connection).ConfigureAwait(false);
                return;
            }

            using NextRequest request = new(server, times, time);
            connection.Features.Set(request);
            connection.Features.Set<IConnectionLifetimeNotificationFeature>(request);
            await next(connection).ConfigureAwait(false);

            // A client of HTTP/2 takes GOAWAY as word that it may send elsewhere what it has just sent here; with the connection's end behind it in the
            // same moment, some lose that request instead. They close by themselves once they have read it.
            if (request is { IsMultiplexed: true, ConnectionClosedRequested.IsCancellationRequested: true })
            {
                await Linger.UntilClosedAsync(connection.Transport.Input, times().Kept, time).ConfigureAwait(false);
            }
        });
    }

    /// <summary>Handles a request, and notes on its connection when it begins and when it has ended.</summary>
    internal static Task NoteAsync(HttpContext context, RequestDelegate application)
    {
        if (context.Features.Get<NextRequest>() is not { } connection)
        {
            return application(context);
        }

        bool isMultiplexed = !HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol);
        connection.Begin(isMultiplexed);

        // HTTP/2 says itself which requests it has not taken: its connection counts as busy from its first request on, and waits for no other.
        return isMultiplexed ? application(context) : NoteEndAsync(context, application, connection);
    }

    private static async Task NoteEndAsync(HttpContext context, RequestDelegate application, NextRequest connection)
    {
        try
        {
            await application(context).ConfigureAwait(false);
        }
        finally
        {
            connection.End();
        }
    }
}
