using FooBar.LoadBalancer.Metrics;
using FooBar.ServiceDefaults;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// Reads the configuration and the files that it names again: all of it is checked and made ready first, then put in place in one go. What
/// cannot be used is refused with its reasons, and everything stays as it was. Thread-safe: one at a time.
/// </summary>
internal sealed partial class SettingsReload(
    ConfigurationSources sources,
    CurrentSettings current,
    IEnumerable<IReloadable> parts,
    ReloadMetrics metrics,
    TimeProvider time,
    ILogger<SettingsReload> logger)
{
    private readonly Lock _lock = new();
    private readonly IReloadable[] _parts = [.. parts];
    private volatile IReadOnlyList<string> _files = [.. current.Options.Files];

    /// <summary>
    /// The files that the newest settings name, also when those were refused: what is missing to them may be put in place a moment later.
    /// </summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Reloads, and says what came of it.</summary>
    /// <param name="cause">Who wants it, for the log.</param>
    public ReloadResult Reload(string cause)
    {
        lock (_lock)
        {
            GatewaySettings before = current.Value;
            try
            {
                GatewayOptions options = GatewayConfiguration.Load(sources.Read());
                IReadOnlyList<string> waiting = RestartOptions.Keep(before.Options, options);
                GatewaySettings next = new(before.Generation + 1, options);
                _files = [.. next.Options.Files];
                Action[] steps = [.. _parts.Select(part => part.Prepare(next))];
                foreach (Action step in steps)
                    step();
                current.Swap(next);

                metrics.Reloaded(next.Generation, time.GetUtcNow());
                LogReloaded(next.Generation, cause);
                if (waiting.Count > 0)
                    LogWaiting(string.Join(", ", waiting));
                return new ReloadResult(next.Generation, [], waiting);
            }
#pragma warning disable CA1031 // Whatever is wrong with the new settings, the old ones go on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                IReadOnlyList<string> errors = Mistakes(exception);
                metrics.Refused();
                foreach (string error in errors)
                    LogRefused(before.Generation, cause, error);
                return new ReloadResult(before.Generation, errors, []);
            }
        }
    }

    private static IReadOnlyList<string> Mistakes(Exception exception) => exception switch
    {
        ServiceConfigurationException mistakes => mistakes.Errors,
        InvalidDataException => [$"{exception.Message} {exception.GetBaseException().Message}"],
        _ => [$"{exception.GetType().Name}: {exception.Message}"],
    };

    [LoggerMessage(1401, LogLevel.Information, "The configuration was reloaded ({Cause}); generation {Generation} is in force")]
    private partial void LogReloaded(int generation, string cause);

    [LoggerMessage(1402, LogLevel.Warning, "These settings changed and take effect at the next start only: {Keys}")]
    private partial void LogWaiting(string keys);

    [LoggerMessage(1403, LogLevel.Error, "The new configuration ({Cause}) is refused, generation {Generation} stays in force: {Error}")]
    private partial void LogRefused(int generation, string cause, string error);
}

/// <summary>What came of a reload.</summary>
/// <param name="Generation">The settings that are in force now.</param>
/// <param name="Errors">Why the new ones are not; none when they are.</param>
/// <param name="NeedRestart">Keys that changed and take effect at the next start only.</param>
internal sealed record ReloadResult(int Generation, IReadOnlyList<string> Errors, IReadOnlyList<string> NeedRestart);
