using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql.Pool;

/// <summary>
/// Keeps the minimum open in the background, from the first lease on: one session at a time, so that neither the start nor the death of
/// many storms the server, and after a failure ever more rarely.
/// </summary>
internal sealed partial class SessionPool
{
    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private bool _isUsed;
    private bool _isFilling;

    /// <summary>Whether the next attempt waits for the clock.</summary>
    internal bool IsPausing { get; private set; }

    /// <summary>The pause after so many failures in a row, without its jitter.</summary>
    internal static TimeSpan PauseAfter(int failures) =>
        failures > 6 ? LongestPause : FirstPause * (1 << (failures - 1));

    /// <summary>Must be called with the lock held.</summary>
    private bool IsShort => _isUsed && !_isDisposed && _places < Options.MinimumPoolSize;

    /// <summary>Must be called with the lock held, whenever a place has come free.</summary>
    private void KeepMinimum()
    {
        if (!IsShort || _isFilling) return;

        _isFilling = true;

        // Not in the context of whoever happened to notice: its trace and its locals are not the pool's.
        ThreadPool.UnsafeQueueUserWorkItem(static pool => _ = pool.FillAsync(), this, preferLocal: false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "The loop outlives any single failure; it is logged, and no caller is there to be told.")]
    private async Task FillAsync()
    {
        int failures = 0;
        while (TryBeginFilling())
        {
            try
            {
                await OpenAsync(_time.GetTimestamp(), isForShelf: true, async: true, _disposal.Token).ConfigureAwait(false);
                if (failures > 0) _events.WarmUpRecovered(failures);
                failures = 0;
            }
            catch (Exception failure)
            {
                if (_disposal.IsCancellationRequested) return;

                if (failures++ == 0) _events.WarmUpFailing(failure);
                await PauseAsync(failures).ConfigureAwait(false);
            }
        }
    }

    private bool TryBeginFilling()
    {
        lock (_lock)
        {
            // With all leave to open taken the callers fill the pool; the end of any of these openings asks again.
            _isFilling = IsShort && MayOpen;
            if (_isFilling) BeginOpening();
            return _isFilling;
        }
    }

    /// <summary>Up to a tenth longer than it should be: many processes that lost the same server do not come back in step.</summary>
    private async Task PauseAsync(int failures)
    {
        Task pause = Task.Delay(PauseAfter(failures) * (1 + (LifetimeJitter * Random.Shared.NextDouble())), _time, _disposal.Token);
        IsPausing = true;
        await pause.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IsPausing = false;
    }
}
