using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Routing;

/// <summary>How requests for some paths are treated. Immutable.</summary>
/// <param name="RequestBodyBytes">Largest request body.</param>
/// <param name="OperationParameter">See <see cref="RouteOptions.OperationParameter"/>.</param>
/// <param name="Grpc">Whether gRPC is forwarded.</param>
internal sealed record RouteRules(long RequestBodyBytes, string? OperationParameter, bool Grpc)
{
    /// <summary>Whether the request names its operation, so that its backend does the work only once.</summary>
    public bool NamesOperation(HttpRequest request) =>
        OperationParameter is not null && request.QueryString.HasValue && request.Query[OperationParameter] is [{ Length: > 0 }];
}
