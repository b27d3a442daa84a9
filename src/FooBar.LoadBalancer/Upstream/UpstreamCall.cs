using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// One try of one request. It writes the request straight from <paramref name="context"/>. For YARP's forwarder it has the form of a client, and the message that
/// it is handed carries the body alone.
/// </summary>
/// <param name="backend">Where it goes; it was claimed.</param>
/// <param name="context">The request.</param>
/// <param name="headLimit">The largest head of an answer that is taken, in bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamCall(Backend backend, HttpContext context, int headLimit, TimeProvider time)
    : HttpMessageInvoker(_noHandler, disposeHandler: false)
{
    private static readonly SocketsHttpHandler _noHandler = new();

    private readonly UpstreamPool _pool = backend.Upstream!;
    private readonly long _start = time.GetTimestamp();
    private UpstreamExchange? _exchange;

    /// <summary>From its beginning to having a connection; null: it got none.</summary>
    public TimeSpan? Connected { get; private set; }

    /// <summary>From its beginning to the head of the answer; null: none came.</summary>
    public TimeSpan? Answered { get; private set; }

    /// <summary>Whether the answer was received to its end.</summary>
    public bool IsAnswered => _exchange is { IsAnswered: true };

    /// <inheritdoc />
    public override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        (ResponseHead head, ResponseBody body) = await SendAsync(request.Content, default, cancellationToken).ConfigureAwait(false);
        return new UpstreamResponse(head, body) { RequestMessage = request };
    }

    /// <summary>Sends the request, and waits for the head of its answer.</summary>
    /// <param name="content">Its body, if that is sent as it comes.</param>
    /// <param name="whole">Its body, if that is at hand; empty if it has none.</param>
    /// <param name="cancellationToken">Ends the exchange, before the head and in the body.</param>
    /// <exception cref="HttpRequestException">There was no connection, or no answer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; or connecting took too long, and then there is a <see cref="TimeoutException"/> inside.</exception>
    public async ValueTask<(ResponseHead Head, ResponseBody Body)> SendAsync(
        HttpContent? content, ReadOnlyMemory<byte> whole, CancellationToken cancellationToken)
    {
        // A kept connection may have been closed by the backend just now: then once more, over a new one.
        for (bool again = false; ; again = true)
        {
            UpstreamConnection connection = again
                ? await _pool.ConnectAsync(cancellationToken).ConfigureAwait(false)
                : await _pool.RentAsync(cancellationToken).ConfigureAwait(false);
            UpstreamExchange exchange = _exchange = new(_pool, connection, headLimit, cancellationToken);
            TimeSpan connected = time.GetElapsedTime(_start);
            Connected = connected;
            backend.Traffic.Connected(connected, reused: !exchange.IsFirst);
            try
            {
                connection.Out.Clear();
                RequestHeadWriter.Write(context, hasBody: content is not null || !whole.IsEmpty, connection.Out);
                if (content is not null)
                    exchange.BeginSending(content, context);
                else if (!whole.IsEmpty)
                    exchange.BeginSending(whole);
                else
                    await exchange.SendAsync().ConfigureAwait(false);

                bool isHead = HttpMethods.IsHead(context.Request.Method);
                ResponseHead head = await exchange.ReceiveHeadAsync(isHead).ConfigureAwait(false);
                return (head, BodyOf(exchange, connection, head, isHead));
            }
            catch (Exception exception)
            {
                exchange.End(answered: false, reusable: false);
                if (exchange.IsCancelled)
                    throw new OperationCanceledException(exception.Message, exception, cancellationToken);

                // It may be asked again: it changes nothing, and nothing of it is lost (RFC 9112, 9.3.1).
                if (!exchange.IsFirst && !exchange.HasReceived && content is null && RetryRule.IsSafe(context.Request.Method))
                {
                    GatewayRequest.Of(context).Tries++;
                    continue;
                }

                throw exception is HttpRequestException ? exception : new HttpRequestException(HttpRequestError.ResponseEnded, exception.Message, exception);
            }
        }
    }

    private ResponseBody BodyOf(UpstreamExchange exchange, UpstreamConnection connection, ResponseHead head, bool isHead)
    {
        TimeSpan answered = time.GetElapsedTime(_start);
        Answered = answered;
        backend.Traffic.FirstByte.Add(answered);
        BackendPace pace = new(GatewayRequest.Of(context).Settings.Options.Forwarding.ActivityTimeout, time);
        bool hasBody = !isHead && head.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);
        return new ResponseBody(exchange, connection, head, hasBody, pace);
    }
}
