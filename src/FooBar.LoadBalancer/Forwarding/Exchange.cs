using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Health;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>One request on its way through its tries. One request's steps run one after the other: no locks.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly HeldBody _answer;
    private readonly RequestReplay? _body;
    private readonly bool _repeatable;

    private Exchange(HttpContext context, HeldBody answer)
    {
        Context = context;
        _answer = answer;
        GatewayRequest request = GatewayRequest.Of(context);
        _body = RequestReplay.Install(context, request.Settings.Options.Forwarding.ReplayedRequestBytes);
        IsGrpc = request.Route is { Grpc: true } && RequestGuard.IsGrpc(context.Request.ContentType);
        _repeatable = RetryRule.IsRepeatable(context.Request, request.Route);
        IsUpgrade = RetryRule.IsUpgrade(context);
    }

    /// <summary>The request's context.</summary>
    public HttpContext Context { get; }

    /// <summary>The latest try; there is none before the first.</summary>
    public ForwardTry Current
    {
        get => _answer.Try!;
        set => _answer.Try = value;
    }

    /// <summary>Whether it asks for a connection of its own, as a WebSocket does.</summary>
    public bool IsUpgrade { get; }

    /// <summary>Whether it is gRPC, and may be.</summary>
    public bool IsGrpc { get; }

    /// <summary>Whether the request may leave a backend that no longer answers: it may be repeated, and its body, if it has one, can be sent again.</summary>
    public bool MayLeave => _repeatable && _body is not { IsLost: true } && !IsUpgrade;

    /// <summary>Its body if that is here to the end, empty if it has none; null if it is sent on as it comes.</summary>
    public ReadOnlyMemory<byte>? Body => _body is null ? ReadOnlyMemory<byte>.Empty : _body.Whole;

    /// <summary>Whether the time until its answer begins is the backend's alone: no body, whose way takes what it takes, no connection of its own.</summary>
    public bool IsTimed => _body is null && !IsUpgrade;

    /// <summary>Waits for a small body. What a tunnel carries is none.</summary>
    /// <inheritdoc cref="RequestReplay.ReadWholeAsync" path="/exception" />
    public ValueTask ReadBodyAsync() => _body is null || IsUpgrade ? default : _body.ReadWholeAsync(Context.RequestAborted);

    /// <summary>Puts itself between the forwarder and the client.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="heldAnswerBytes">The largest answer that is held until it is whole.</param>
    public static Exchange Begin(HttpContext context, int heldAnswerBytes) => new(context, HeldBody.Install(context, heldAnswerBytes));

    /// <summary>Why the latest try may be made again elsewhere; null if it may not.</summary>
    public RetryReason? RetryReason(Outcome outcome) => IsUpgrade
        ? null
        : RetryRule.Reason(
            outcome,
            _repeatable,
            Current is { IsGivenUp: true, IsLate: false },
            _body is { IsLost: true },
            Current.HasBegun || Context.Response.HasStarted);

    /// <summary>What the end of the latest try says about its backend; null if nothing.</summary>
    public Evidence? Evidence(Outcome outcome) =>
        RequestEvidence.Of(outcome, Context.Response.StatusCode, IsUpgrade, Current is { IsGivenUp: true, IsLate: false });

    /// <summary>Takes back what the failed try has left in the answer: its status, its headers, and the forwarder's note about it.</summary>
    public void Reset()
    {
        _answer.Clear();
        _body?.Rewind();
        Context.Response.Clear();
        Context.Features.Set<IForwarderErrorFeature>(null);
    }

    /// <summary>Takes itself out again.</summary>
    public void Dispose() => _answer.Dispose();
}
