using System.Globalization;
using System.Reflection;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Admin;

/// <summary>What can be asked and ordered of the gateway as a whole.</summary>
internal sealed class GatewayEndpoints(
    BackendPool pool,
    CurrentSettings settings,
    ReloadWatch reload,
    EdgeCertificates certificates,
    BackendTrust trust,
    CacheStore cache,
    IHostApplicationLifetime lifetime,
    IConfiguration configuration,
    TimeProvider time)
{
    private static readonly string _version =
        typeof(GatewayEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    /// <summary>How it goes.</summary>
    public Task<AdminAnswer> Status(AdminCall call) => Task.FromResult(call.UnknownParameters() ?? AdminAnswer.Ok(new GatewayReport(
        configuration["Service:Name"] ?? "gateway",
        _version,
        _startedAt,
        Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3),
        lifetime.ApplicationStopping.IsCancellationRequested,
        settings.Value.Generation,
        pool.All.Sum(backend => backend.InFlight),
        pool.All.Count,
        pool.Available.Length,
        new CacheReport(cache.Count, cache.Bytes, cache.Capacity))));

    /// <summary>Reads the configuration and the files that it names again.</summary>
    public async Task<AdminAnswer> ReloadAsync(AdminCall call)
    {
        if (call.UnknownParameters() is { } parameter)
            return parameter;
        if (call.Context.Request.ContentLength is not null and not 0 || call.Context.Request.Headers.TransferEncoding.Count > 0)
        {
            (ReloadOrder? body, AdminAnswer? problem) = await AdminJson.ReadAsync<ReloadOrder>(call.Context.Request, call.Aborted).ConfigureAwait(false);
            if ((problem ?? call.Note(body!.Reason)) is { } unusable)
                return unusable;
        }

        int before = settings.Value.Generation;
        ReloadResult result = reload.ReloadNow($"the admin API, by {call.Caller}");
        return result.Errors.Count > 0
            ? AdminAnswer.Problem(
                StatusCodes.Status422UnprocessableEntity,
                "The new configuration is refused",
                $"Generation {result.Generation} stays in force. Correct what is wrong and reload again.",
                result.Errors)
            : AdminAnswer.Ok(new ReloadAnswer(result.Generation, result.NeedRestart)) with { Before = Text(before), After = Text(result.Generation) };
    }

    /// <summary>The certificates that visitors are shown, and the one that backends are.</summary>
    public Task<AdminAnswer> Certificates(AdminCall call) => Task.FromResult(call.UnknownParameters() ?? AdminAnswer.Ok(new CertificateList(
        [.. certificates.Report.Concat(trust.Report is { } own ? [own] : []).Select(report => CertificateRow.Of(report, time.GetUtcNow()))])));

    private static string Text(int generation) => generation.ToString(CultureInfo.InvariantCulture);

    private sealed record ReloadOrder(string? Reason = null);

    private sealed record ReloadAnswer(int Generation, IReadOnlyList<string> NeedRestart);

    private sealed record CertificateList(IReadOnlyList<CertificateRow> Certificates);
}

/// <summary>The gateway as the admin API shows it. Immutable.</summary>
/// <param name="Name">Its name among the processes.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="UptimeSeconds">How long ago that was.</param>
/// <param name="Stopping">Whether it is about to end.</param>
/// <param name="Generation">The settings in force: 1 at the start, one more with each reload.</param>
/// <param name="InFlight">Requests at backends now.</param>
/// <param name="Backends">How many are configured.</param>
/// <param name="AvailableBackends">How many take requests now.</param>
/// <param name="Cache">What the cache holds.</param>
internal sealed record GatewayReport(
    string Name,
    string Version,
    DateTimeOffset StartedAt,
    double UptimeSeconds,
    bool Stopping,
    int Generation,
    int InFlight,
    int Backends,
    int AvailableBackends,
    CacheReport Cache);

/// <summary>The cache as the admin API shows it. Immutable.</summary>
/// <param name="Entries">Stored answers.</param>
/// <param name="Bytes">Memory that they take.</param>
/// <param name="LimitBytes">Memory that they may take; 0: there is no cache.</param>
internal sealed record CacheReport(long Entries, long Bytes, long LimitBytes);
