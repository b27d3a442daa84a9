using System.Data.Common;
using System.Diagnostics;

namespace FooBar.Data;

/// <summary>
/// Sends a read of <see cref="Freshness.Any"/> to a second node when the first has not answered for a while, and takes whichever answers
/// first: one slow node then no longer makes the slowest answers. A tenth of all such reads at most, so that it cannot double the load of nodes that are
/// all slow. Thread-safe.
/// </summary>
internal sealed class HedgedReads(Database database, TimeSpan after)
{
    private readonly RetryBudget _budget = new(most: 10);

    public async Task<T> RunAsync<T>(
        ReadRunner reads, DatabaseSession session, Func<DbConnection, CancellationToken, Task<T>> work, Activity? activity, CancellationToken ct)
    {
        _budget.Earn();
        TimeProvider time = database.Options.TimeProvider;
        using CancellationTokenSource loser = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Reading reading = reads.NewReading(time.GetTimestamp(), activity);
        Task<T> first = reads.RunAsync(session, work, Freshness.Any, reading, loser.Token);
        Task<T>? second = null;
        try
        {
            await Task.WhenAny(first, Task.Delay(after, time, loser.Token)).ConfigureAwait(false);
            if (first.IsCompleted || ct.IsCancellationRequested || reading.Node is not { } slow || !_budget.TryPay())
                return await first.ConfigureAwait(false);
            Reading other = reads.NewReading(time.GetTimestamp(), activity);
            other.Failed = [slow];
            second = reads.RunAsync(session, work, Freshness.Any, other, loser.Token);
            Task<T> winner = await Task.WhenAny(first, second).ConfigureAwait(false);
            if (!winner.IsCompletedSuccessfully)
                winner = winner == first ? second : first;
            T value = await winner.ConfigureAwait(false);
            database.Metrics.Hedged(won: winner == second);
            return value;
        }
        finally
        {
            await loser.CancelAsync().ConfigureAwait(false);
            // Not waited for: it is slow. What it meets is nobody's any more.
            _ = first.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            _ = second?.ContinueWith(static task => task.Exception, TaskScheduler.Default);
        }
    }
}
