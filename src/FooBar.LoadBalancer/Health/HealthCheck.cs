using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>One check of one backend, over the same verified connections as its traffic. Thread-safe.</summary>
internal sealed class HealthCheck(CurrentSettings settings, TimeProvider time)
{
    /// <summary>Asks the backend once.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled; a backend that is too slow is a failed check instead.</exception>
    public async Task<CheckResult> RunAsync(Backend backend, CancellationToken cancellationToken)
    {
        HealthOptions options = settings.Options.Health;
        using CancellationTokenSource timeout = new(options.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Uri url = new(backend.Url, options.Path);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(new Uri(backend.Transport), options.Path))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "foobar-gateway-health");
        backend.ForgetAnswers();
        try
        {
            using HttpResponseMessage response = await backend.Client.SendAsync(request, either.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            return response.IsSuccessStatusCode
                ? new(Evidence.CheckPassed, null, status)
                : new(
                    response.StatusCode == HttpStatusCode.ServiceUnavailable ? Evidence.CheckNotReady : Evidence.CheckFailed,
                    string.Create(CultureInfo.InvariantCulture, $"{url} answered {status}"),
                    status);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return new(
                backend.HasAnswered ? Evidence.CheckOvertaken : Evidence.CheckTimedOut,
                string.Create(CultureInfo.InvariantCulture, $"{url} did not answer within {options.Timeout.TotalSeconds} s"));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new(Evidence.CheckUnanswered, $"{url} failed: {Innermost(exception)}");
        }
    }

    /// <summary>The message of the cause that can be repaired.</summary>
    internal static string Innermost(Exception exception)
    {
        // The outer message is "see inner exception"; the socket's or the certificate's own says what to repair.
        Exception cause = exception;
        while (cause is not (SocketException or AuthenticationException) && cause.InnerException is { } inner)
            cause = inner;
        return cause.Message;
    }
}
