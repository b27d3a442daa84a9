using System.Buffers;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Upstream;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Forwards a request that is here to its end, which most are for they have no body, and copies the answer: what YARP's forwarder would do, with its verdicts,
/// without the messages and contents of HttpClient in between.
/// </summary>
internal static class WholeForward
{
    /// <summary>As much as one record of TLS carries: what comes from the backend in one piece goes to the client in one.</summary>
    private const int PieceBytes = 16 * 1024;

    /// <summary>Reset codes of HTTP/2 (RFC 9113, 7) and HTTP/3 (RFC 9114, 8.1): the client left, or the answer broke off.</summary>
    private static readonly (int Cancelled, int InternalError) _http2 = (0x8, 0x2), _http3 = (0x10c, 0x102);

    /// <summary>Forwards it. An answer that fails after its beginning is broken off; of one that fails before, the caller makes an error page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sent">Its body; empty if it has none.</param>
    /// <param name="call">Its call to a backend.</param>
    /// <param name="current">The try that this is; it ends the call.</param>
    /// <param name="options">How long nothing may move, and how much is held.</param>
    public static async ValueTask<(ForwarderError Error, Exception? Cause)> SendAsync(
        HttpContext context, ReadOnlyMemory<byte> sent, UpstreamCall call, ForwardTry current, ForwardingOptions options)
    {
        CancellationToken client = context.RequestAborted;
        current.Watch(options.ActivityTimeout, client);
        ResponseHead head;
        ResponseBody body;
        try
        {
            (head, body) = await call.SendAsync(content: null, sent, current.Stopped).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            return (client.IsCancellationRequested || current.IsGivenUp ? ForwarderError.RequestCanceled : ForwarderError.RequestTimedOut, exception);
        }
#pragma warning disable CA1031 // Whatever it is, this try is over: the caller judges it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (ForwarderError.Request, exception);
        }

        using (body)
        {
            current.NoteMoved();
            context.Response.StatusCode = head.Status;
            ResponseFields.Copy(head, context.Response);

            // One that is held until it is whole (HeldBody) is read in one piece, which saves copying it there.
            int held = !body.IsEnded && head.ContentLength <= options.HeldAnswerBytes ? (int)head.ContentLength.Value : 0;
            (ForwarderError error, Exception? cause) = await CopyAsync(
                body, held, options.ActivityTimeout, context.Response.Body, current, client).ConfigureAwait(false);
            if (error == ForwarderError.None)
                ResponseFields.CopyTrailers(body.Trailers, context);
            else if (context.Response.HasStarted)
                BreakOff(context, error == ForwarderError.ResponseBodyCanceled);
            return (error, cause);
        }
    }

    private static async ValueTask<(ForwarderError Error, Exception? Cause)> CopyAsync(
        ResponseBody body, int held, TimeSpan silence, Stream client, ForwardTry current, CancellationToken clientLeft)
    {
        bool reads = true;
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                // No buffer while there is nothing to put into it: a stream of events may pause for long.
                if (body.Expected == 0)
                    await body.ReadAsync(Memory<byte>.Empty, current.Stopped).ConfigureAwait(false);
                if (body.IsEnded)
                    return (ForwarderError.None, null);

                int size = held > 0 ? held : (int)Math.Min(body.Expected, PieceBytes);
                buffer = ArrayPool<byte>.Shared.Rent(size);
                int count = 0;
                do
                {
                    // Each byte would give a backend that trickles its time anew.
                    if (count > 0)
                        current.Hold(silence);
                    count += await body.ReadAsync(buffer.AsMemory(count, size - count), current.Stopped).ConfigureAwait(false);
                    current.NoteMoved();
                }
                while (count < held);

                reads = false;
                await client.WriteAsync(buffer.AsMemory(0, count), current.Stopped).ConfigureAwait(false);
                current.NoteMoved();
                reads = true;
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = null;
            }
        }
#pragma warning disable CA1031 // Whatever it is, this answer is over: which side failed is what the caller asks.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (clientLeft.IsCancellationRequested || current.IsGivenUp)
                return (ForwarderError.ResponseBodyCanceled, exception);
            return (reads ? ForwarderError.ResponseBodyDestination : ForwarderError.ResponseBodyClient, exception);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void BreakOff(HttpContext context, bool byClient)
    {
        if (context.Features.Get<IHttpResetFeature>() is not { } stream)
        {
            context.Abort();
            return;
        }

        (int cancelled, int internalError) = HttpProtocol.IsHttp3(context.Request.Protocol) ? _http3 : _http2;
        stream.Reset(byClient ? cancelled : internalError);
    }
}
