using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// Calls for a reload when the content of a settings file, or of a file that the settings name, has changed, and when the process gets
/// SIGHUP. It reads the files, which are few and small: watching them would cost an inotify instance, of which a user has 128 for all processes,
/// and would not see a volume that is mounted over them.
/// </summary>
internal sealed class ReloadWatch(ConfigurationSources sources, CurrentSettings current, SettingsReload reload, TimeProvider time) : BackgroundService
{
    /// <summary>How soon an interval that was zero and is no longer is noticed.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private volatile string _seen = "";

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _seen = Fingerprint();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            ReloadNow("SIGHUP");
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan interval = current.Options.ReloadInterval;
            await Task.Delay(interval == TimeSpan.Zero ? _pause : interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested && interval != TimeSpan.Zero)
                Look();
        }
    }

    /// <summary>Reloads because somebody wants it, and takes the files as seen: what was refused is not refused again until it changes.</summary>
    /// <param name="cause">Who wants it, for the log.</param>
    public ReloadResult ReloadNow(string cause)
    {
        _seen = Fingerprint();
        return reload.Reload(cause);
    }

    private void Look()
    {
        string now = Fingerprint();
        if (now == _seen)
            return;

        // Remembered also when it is refused: the reasons are told once, and again with the next change.
        _seen = now;
        reload.Reload("a file changed");
    }

    /// <summary>Content, not times: a file that is replaced by an older one has changed, too.</summary>
    private string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in sources.Files.Concat(reload.Files))
        {
            hash.AppendData(MemoryMarshal.AsBytes(path.AsSpan()));
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One that is not there, or not for us: the reload says so if it matters.
                hash.AppendData([0]);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
