using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.ServiceDefaults.Stopping;

/// <summary>
/// Lets a connection have its first request answered although the server stops. Kestrel closes, when it stops, each connection that has no
/// request in hand: also one that it has just accepted, still in the TLS handshake or with its request on the way. Whoever is at the other end
/// sees a failure, for which HTTP/1.1 has no safe second try. Here such a connection hears of the stop when its first request has begun, which
/// then is answered with <c>Connection: close</c> (HTTP/2: followed by GOAWAY) as any request in flight, or when the time for that is over.
/// </summary>
public static class FirstRequestGrace
{
    /// <summary>Puts the listener's connections in its care. Comes before TLS, whose handshake is a part of what is waited for.</summary>
    /// <param name="listener">A listener that is being configured.</param>
    /// <param name="grace">Longest time from the server's stop to a connection's first request; 0 for none, as Kestrel has it.</param>
    public static void UseFirstRequestGrace(this ListenOptions listener, TimeSpan grace)
    {
        ArgumentNullException.ThrowIfNull(listener);
        TimeProvider time = listener.ApplicationServices.GetRequiredService<TimeProvider>();
        listener.Use(next => async connection =>
        {
            if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } server)
            {
                await next(connection).ConfigureAwait(false);
                return;
            }

            using FirstRequest first = new(server, grace, time);
            connection.Features.Set(first);
            connection.Features.Set<IConnectionLifetimeNotificationFeature>(first);
            await next(connection).ConfigureAwait(false);
        });
    }

    /// <summary>Notes that the connection of this request has begun one.</summary>
    internal static void NoteRequest(HttpContext context) => context.Features.Get<FirstRequest>()?.Begin();
}
