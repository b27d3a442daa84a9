using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace FooBar.AppHost.Gateway;

/// <summary>A gateway's admin API, as ./foobar uses it. What the gateway refuses is a <see cref="FoobarException"/> in its own words.</summary>
internal sealed class GatewayAdmin(GatewayAccess access) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = access.Open();

    /// <summary>Asks, and returns the answer as it came and as it was understood.</summary>
    public Task<(string Text, T Answer)> GetAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Reads the configuration again.</summary>
    public Task<(string Text, ReloadAnswer Answer)> ReloadAsync(string? reason, CancellationToken cancellationToken) =>
        SendAsync<ReloadAnswer>(HttpMethod.Post, "reload", new { reason }, cancellationToken);

    /// <summary>Has the cache forget what it has stored.</summary>
    /// <param name="url">The address; null: everything.</param>
    /// <param name="below">Whether all below it is meant, too.</param>
    /// <param name="reason">Why; null for no reason.</param>
    /// <param name="cancellationToken">Ends the call; the order may have been carried out. To repeat it does no harm.</param>
    public Task<(string Text, PurgeAnswer Answer)> PurgeAsync(string? url, bool below, string? reason, CancellationToken cancellationToken) =>
        SendAsync<PurgeAnswer>(HttpMethod.Post, "cache/purge", new { url, below, all = url is null, reason }, cancellationToken);

    /// <summary>Puts a backend into a state.</summary>
    /// <param name="backend">Its name.</param>
    /// <param name="state"><c>ready</c>, <c>drain</c> or <c>maintenance</c>.</param>
    /// <param name="reason">Why; null for no reason.</param>
    /// <param name="force">Whether it may be the last one that takes requests.</param>
    /// <param name="wait">How long the gateway may wait with its answer for the backend to get there, in whole seconds.</param>
    /// <param name="cancellationToken">Ends the wait; the order stays.</param>
    public Task<(string Text, StateAnswer Answer)> OrderAsync(
        string backend, string state, string? reason, bool force, TimeSpan wait, CancellationToken cancellationToken) =>
        SendAsync<StateAnswer>(
            HttpMethod.Put,
            string.Create(CultureInfo.InvariantCulture, $"backends/{Uri.EscapeDataString(backend)}/state?wait={wait.TotalSeconds:0}s"),
            new { state, reason, force },
            cancellationToken,
            wait);

    /// <summary>Gives a backend a weight.</summary>
    /// <param name="backend">Its name.</param>
    /// <param name="weight">0, which is for no requests, to 256; null: the configured one.</param>
    /// <param name="reason">Why; null for no reason.</param>
    /// <param name="force">Whether it may be the last one that takes requests.</param>
    /// <param name="cancellationToken">Ends the call; the order may have been carried out.</param>
    public Task<(string Text, WeightAnswer Answer)> WeighAsync(string backend, int? weight, string? reason, bool force, CancellationToken cancellationToken) =>
        SendAsync<WeightAnswer>(HttpMethod.Put, $"backends/{Uri.EscapeDataString(backend)}/weight", new { weight, reason, force }, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<(string Text, T Answer)> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan wait = default)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline + wait);
        try
        {
            using HttpRequestMessage request = new(method, new Uri(access.Address, "/gateway/v1/" + path));
            request.Content = body is null ? null : JsonContent.Create(body, body.GetType());
            using HttpResponseMessage response = await _http.SendAsync(request, deadline.Token);
            string text = await response.Content.ReadAsStringAsync(deadline.Token);
            return response.IsSuccessStatusCode && Parse<T>(text) is { } answer
                ? (text, answer)
                : throw Refused((int)response.StatusCode, Parse<ProblemAnswer>(text));
        }
        catch (HttpRequestException exception)
        {
            throw new FoobarException($"the gateway's admin port {access.Address} cannot be reached: {Innermost(exception)}. {access.WhereToLook}", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FoobarException($"the gateway's admin port {access.Address} did not answer within {(Deadline + wait).TotalSeconds:0} s. {access.WhereToLook}");
        }
    }

    private FoobarException Refused(int status, ProblemAnswer? problem) => problem switch
    {
        { Errors: { Count: > 0 } errors } => new FoobarException(string.Join('\n', [$"{problem.Title}. {problem.Detail}", .. errors.Select(error => "  " + error)])),
        { Title: { } title, Detail: { } detail } when status == 401 => new FoobarException($"{title}: the gateway does not know the one in {access.TokenFile}. {detail}"),
        { Title: { } title, Detail: { } detail } => new FoobarException($"{title}. {detail}"),
        _ => new FoobarException($"{access.Address} answered {status} and not as a gateway of this version does. {access.WhereToLook}"),
    };

    private static T? Parse<T>(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // Something else than a gateway listens there.
            return default;
        }
    }

    /// <summary>The message of the cause that can be repaired.</summary>
    private static string Innermost(Exception exception)
    {
        Exception cause = exception;
        while (cause is not (SocketException or AuthenticationException) && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause.Message.TrimEnd('.');
    }
}
