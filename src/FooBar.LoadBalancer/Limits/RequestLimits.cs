using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Limits;

/// <summary>Decides whether a request is let in, and counts those that are. Thread-safe without a lock.</summary>
internal sealed class RequestLimits(Occupancy occupancy, MemoryWatch memory, ShedRecord shed, TimeProvider time)
{
    /// <summary>Retry-After while memory is scarce: it is measured once a second, and what has been let in has to end first.</summary>
    private const int MemoryWaitSeconds = 5;

    /// <summary>Lets the request in and returns null; it is to <see cref="Leave"/> then. Otherwise, how to refuse it.</summary>
    public Shedding? Enter(GatewayRequest request, ClientConnection? connection)
    {
        LimitOptions limits = request.Settings.Options.Limits;
        Client? client = null;
        if (connection is not null)
        {
            request.Admission = new Admission(false, connection, null);
            if (!connection.TryBegin())
                return Refuse(request, connection, new Shedding(ShedReason.Streams, StatusCodes.Status429TooManyRequests, null));
            if (connection.IsDenied(request.Settings))
                return Cut(request, connection, ShedReason.Denied, StatusCodes.Status403Forbidden);
            if (!connection.IsExempt(request.Settings))
                client = connection.Client;
        }

        if (memory.IsScarce)
            return Refuse(request, connection, new Shedding(ShedReason.Memory, StatusCodes.Status503ServiceUnavailable, MemoryWaitSeconds));
        if (client is not null)
        {
            long now = time.GetTimestamp();
            Rate rate = Rate.Of(limits.RequestsPerClient, limits.RequestBurst, time);
            if (!client.MayRequest(now, rate, out long wait))
            {
                return client.MayBeRefused(now, rate)
                    ? Refuse(request, connection, new Shedding(ShedReason.Rate, StatusCodes.Status429TooManyRequests, WholeSeconds(wait)))
                    : Cut(request, connection!, ShedReason.Flood, StatusCodes.Status429TooManyRequests);
            }

            if (!client.TryBeginRequest(limits.InFlightPerClient))
                return Refuse(request, connection, new Shedding(ShedReason.InFlightPerClient, StatusCodes.Status429TooManyRequests, 1));
        }

        if (!occupancy.TryBeginRequest(limits.InFlight))
        {
            client?.EndRequest();
            return Refuse(request, connection, new Shedding(ShedReason.InFlight, StatusCodes.Status503ServiceUnavailable, 1));
        }

        request.Admission = new Admission(true, connection, client);
        return null;
    }

    /// <summary>The request has ended; to be called for each, also for one that was not let in.</summary>
    public void Leave(GatewayRequest request)
    {
        Admission admission = request.Admission;
        admission.Connection?.NoteEnded(
            isAborted: request.Outcome is Outcome.ClientAbortedRequest or Outcome.ClientAbortedResponse,
            isRefused: request.Shed is ShedReason.Streams);
        if (!admission.IsGiven)
            return;
        occupancy.EndRequest();
        admission.Client?.EndRequest();
    }

    private Shedding Refuse(GatewayRequest request, ClientConnection? connection, Shedding shedding)
    {
        request.Shed = shedding.Reason;
        shed.Add(shedding.Reason, connection?.Client.Key);
        return shedding;
    }

    private Shedding Cut(GatewayRequest request, ClientConnection connection, ShedReason reason, int status)
    {
        connection.Cut(reason);
        return Refuse(request, connection, new Shedding(reason, status, null));
    }

    private int WholeSeconds(long wait) => (int)Math.Ceiling(wait / (double)time.TimestampFrequency);
}

/// <summary>How a request is refused.</summary>
/// <param name="Reason">The limit that it met.</param>
/// <param name="Status">The answer's status, or what the log says where nobody is answered.</param>
/// <param name="RetryAfterSeconds">When to try again; null: the connection was cut or the stream is to be reset, and nobody is answered.</param>
internal sealed record Shedding(ShedReason Reason, int Status, int? RetryAfterSeconds);

/// <summary>Whether a request was let in, and what it is counted in.</summary>
/// <param name="IsGiven">Whether it was.</param>
/// <param name="Connection">The connection that it came over, if that is known.</param>
/// <param name="Client">Whose count it is in; null if it is in none.</param>
internal readonly record struct Admission(bool IsGiven, ClientConnection? Connection, Client? Client);
