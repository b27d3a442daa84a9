using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Forwarding;

namespace FooBar.LoadBalancer.Cache;

/// <summary>Forgets what a change has made untrue (RFC 9111, 4.4): the address that was written to, and those that the answer names.</summary>
internal static class Invalidation
{
    /// <summary>Whether the method may change something. One that nobody knows may.</summary>
    public static bool IsCalledForBy(string method) => !RetryRule.IsSafe(method) && !HttpMethods.IsTrace(method) && !HttpMethods.IsConnect(method);

    /// <summary>Forwards the change, and forgets before the client learns that it was made: its next request must not see what was before.</summary>
    public static async Task ForwardAsync(HttpContext context, CacheKey key, CacheStore store, RequestDelegate next)
    {
        Change change = new(context, key, store);
        context.Response.OnStarting(static state => ((Change)state).BeginsAsync(), change);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            change.Ends();
        }
    }

    private sealed class Change(HttpContext context, CacheKey key, CacheStore store)
    {
        private bool _done;

        public Task BeginsAsync()
        {
            Ends();
            return Task.CompletedTask;
        }

        public void Ends()
        {
            if (!_done && MayBeMade())
                Forget();
        }

        /// <summary>A backend whose answer never came whole may have made the change all the same, as it may for a client that did not wait.</summary>
        private bool MayBeMade()
        {
            GatewayRequest request = GatewayRequest.Of(context);
            bool isUnknown = request.Outcome is not (Outcome.Completed or Outcome.NoBackend or Outcome.BackendConnectFailed or Outcome.Refused);
            return request.Tries > 0 && (isUnknown || context.Response.StatusCode < StatusCodes.Status400BadRequest);
        }

        private void Forget()
        {
            _done = true;
            store.Invalidate(key);
            ForgetNamed(context.Response.Headers.Location);
            ForgetNamed(context.Response.Headers.ContentLocation);
        }

        private void ForgetNamed(string? reference)
        {
            if (!string.IsNullOrEmpty(reference) && key.Resolve(reference) is { } named)
                store.Invalidate(named);
        }
    }
}
