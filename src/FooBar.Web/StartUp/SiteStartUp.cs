using System.Data.Common;
using FooBar.Data;
using FooBar.Web.Database;
using FooBar.Web.DataProtection;
using FooBar.Web.Schema;
using FooBar.Web.Seeding;
using Microsoft.Extensions.Options;

namespace FooBar.Web.StartUp;

/// <summary>
/// Prepares the database in the background, under a lock that all instances share, and tries again until it succeeds. Listeners come up
/// at once meanwhile and answer 503: an instance that cannot reach the database yet is not ready, which is no reason to stop it. Then it warms
/// its pages, and is ready.
/// </summary>
internal sealed partial class SiteStartUp(
    Data.Database database,
    DataSources sources,
    IOptions<DatabaseSettings> settings,
    SchemaMigrator migrator,
    PostSeeder seeder,
    KeyRingWarmUp keyRing,
    PageWarmUp pages,
    SiteState state,
    TimeProvider time,
    ILogger<SiteStartUp> logger) : BackgroundService
{
    /// <summary>Pause after a failure, doubled from the first to the second after every further one.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        database.Start();
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await PrepareAsync(stoppingToken).ConfigureAwait(false);
                state.MarkPrepared();
                await pages.RunAsync(stoppingToken).ConfigureAwait(false);
                state.MarkWarm();
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (SchemaException e)
            {
                LogContradiction(attempt, LongestPause.TotalSeconds, e);
                pause = LongestPause;
            }
            // Whatever it was, the answer is the same: say so, wait, try again. Nothing of the work is lost, every step is repeatable.
            catch (Exception e)
            {
                LogNotPrepared(attempt, pause.TotalSeconds, e);
            }

            try
            {
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task PrepareAsync(CancellationToken cancel)
    {
        Topology topology = await database.WaitForPrimaryAsync(cancel).ConfigureAwait(false);
        string primary = topology.Primary!.Name;
        LogPreparing(primary);
        await using DbConnection connection = await sources[primary].Schema.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using StartUpLock startUpLock = await StartUpLock.TakeAsync(connection, settings.Value.Name, cancel).ConfigureAwait(false);
        await migrator.ApplyAsync(connection, cancel).ConfigureAwait(false);
        keyRing.Load();
        await seeder.SeedAsync(connection, cancel).ConfigureAwait(false);
        LogPrepared(primary);
    }

    [LoggerMessage(5001, LogLevel.Information, "Start-up: preparing the database on {Primary}")]
    private partial void LogPreparing(string primary);

    [LoggerMessage(5002, LogLevel.Information, "Start-up: the database on {Primary} is prepared; pages are served from now on")]
    private partial void LogPrepared(string primary);

    [LoggerMessage(5003, LogLevel.Warning, "Start-up: attempt {Attempt} to prepare the database failed; the next one follows in {Seconds} s")]
    private partial void LogNotPrepared(int attempt, double seconds, Exception e);

    [LoggerMessage(5004, LogLevel.Error,
        "Start-up: attempt {Attempt}: this build does not fit the database's schema, so it serves no pages; it looks again in {Seconds} s")]
    private partial void LogContradiction(int attempt, double seconds, Exception e);
}
