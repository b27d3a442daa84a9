using Dapper;
using FooBar.Data;
using FooBar.Web.StartUp;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.Web.Health;

/// <summary>
/// Ready means: the database is prepared, the pages are warm, and one could be read just now, from whichever node. A primary that is
/// missing for a few seconds does not take an instance out: what is read is most of what is asked for.
/// </summary>
internal sealed class DatabaseHealthCheck(Data.Database database, SiteState state, TimeProvider time) : IHealthCheck
{
    /// <summary>Shorter than the gateway's own patience of a second, so that it learns the answer instead of a time-out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// After that a second read goes beside the first: to another node, for a hung one has more work in hand. It takes the data layer a
    /// second and more to give up a node that hangs, and until then a page too may be answered by the other one.
    /// </summary>
    private static readonly TimeSpan SecondReadAfter = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!state.IsPrepared)
            return HealthCheckResult.Unhealthy("The database is not prepared yet.");
        if (!state.IsWarm)
            return HealthCheckResult.Unhealthy("Its pages are not warm yet.");

        using CancellationTokenSource patience = new(Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await ReadAsync(either.Token).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            return HealthCheckResult.Unhealthy($"The database did not answer a read within {Patience.TotalMilliseconds} ms.", e);
        }
        // A check that throws is unhealthy as well, but logged as an error each time it is asked for; the data layer has logged it once.
        catch (Exception e)
        {
            return HealthCheckResult.Unhealthy("The database refused a read.", e);
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        using CancellationTokenSource loser = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task first = ReadOnceAsync(loser.Token);
        Task? second = null;
        try
        {
            await Task.WhenAny(first, Task.Delay(SecondReadAfter, time, loser.Token)).ConfigureAwait(false);
            if (!first.IsCompleted)
                second = ReadOnceAsync(loser.Token);
            await (second is null ? first : await Task.WhenAny(first, second).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await loser.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(first, second ?? first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<long?> ReadOnceAsync(CancellationToken cancel) => database.CreateSession().ReadAsync(
        (connection, token) => connection.ExecuteScalarAsync<long?>(new CommandDefinition(
            "SELECT id FROM post ORDER BY id DESC LIMIT 1", cancellationToken: token)),
        Freshness.Any,
        cancel);
}
