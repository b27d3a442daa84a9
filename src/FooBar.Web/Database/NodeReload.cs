using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace FooBar.Web.Database;

/// <summary>
/// Takes on nodes that were added to the configuration, and lets go of those that were taken out, without a restart. Settings that are not valid are
/// refused as a whole, and what was goes on. Everything else in the section is read at start only.
/// </summary>
internal sealed partial class NodeReload(
    IConfiguration configuration, IValidateOptions<DatabaseSettings> validator, DataSources sources, Data.Database database, ILogger<NodeReload> logger)
    : IHostedService, IDisposable
{
    private readonly Lock _one = new();
    private IDisposable? _change;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not by IOptionsMonitor: settings that it finds invalid it throws on the thread of whoever watches the file, which ends the process.
        _change = ChangeToken.OnChange(configuration.GetReloadToken, Apply);
        TellOfUnreadableFiles();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose() => _change?.Dispose();

    /// <summary>Otherwise nobody is told: no reload follows a file that cannot be read, and what its reading throws is lost with its watcher's task.</summary>
    private void TellOfUnreadableFiles()
    {
        foreach (FileConfigurationProvider provider in (configuration as IConfigurationRoot)?.Providers.OfType<FileConfigurationProvider>() ?? [])
        {
            Action<FileLoadExceptionContext>? before = provider.Source.OnLoadException;
            provider.Source.OnLoadException = failed =>
            {
                LogUnreadable($"{failed.Provider.Source.Path}", failed.Exception.GetBaseException().Message);
                before?.Invoke(failed);
            };
        }
    }

    private void Apply()
    {
        lock (_one)
        {
            try
            {
                DatabaseSettings changed = new();
                configuration.GetSection("Database").Bind(changed, binder => binder.ErrorOnUnknownConfiguration = true);
                ValidateOptionsResult valid = validator.Validate(null, changed);
                if (valid.Failed)
                    LogRefused(string.Join(" ", valid.Failures));
                else if (!sources.AreOf(changed))
                    Replace(changed);
            }
            catch (Exception failure)
            {
                LogRefused(Reason(failure));
            }
        }
    }

    /// <summary>The binder says outermost that it failed, within that for which key, and innermost for which text.</summary>
    private static string Reason(Exception failure) => failure.InnerException is InvalidOperationException inner ? Reason(inner) : failure.Message;

    private void Replace(DatabaseSettings changed)
    {
        IReadOnlyList<NodeSources> gone = sources.Reconfigure(changed, database.ReplaceNodes);
        LogReloaded(string.Join(", ", changed.Nodes.Select(node => node.Name)));
        foreach (NodeSources node in gone)
            _ = node.DisposeAsync().AsTask();
    }

    [LoggerMessage(5050, LogLevel.Information, "The database's nodes are now {Nodes}")]
    private partial void LogReloaded(string nodes);

    [LoggerMessage(5051, LogLevel.Error, "The changed configuration of the database is refused, and the nodes stay as they were: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(5052, LogLevel.Error, "The changed configuration in {File} cannot be read, and the database's nodes stay as they were: {Reason}")]
    private partial void LogUnreadable(string file, string reason);
}
