namespace FooBar.LoadBalancer.Cache;

/// <summary>How a fill ended, for those who wait for it.</summary>
internal enum FillEnd
{
    /// <summary>The answer is stored.</summary>
    Stored,

    /// <summary>There is an answer, and it is for its own client alone. The next one most likely, too: waiting gains nothing.</summary>
    NotStored,

    /// <summary>There is no answer to tell by: the backend failed, or nobody wanted it any more.</summary>
    Failed,
}

/// <summary>
/// One request on its way to a backend for all who want the same: the one that goes leads, the others wait for what becomes of its answer.
/// Thread-safe.
/// </summary>
internal sealed class Fill(TimeProvider time) : IDisposable
{
    /// <summary>Time for an answer to become complete after the client that asked for it has left.</summary>
    private static readonly TimeSpan LongestWithoutClient = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<FillEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private ITimer? _limit;
    private int _followers;
    private bool _storing;
    private volatile bool _clientLeft;

    /// <summary>Ends the forwarding. It takes the place of the client's own token: that the client leaves is not yet a reason to stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>How many wait.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>Whether those who wait have been told how it ended.</summary>
    public bool HasEnded => _end.Task.IsCompleted;

    /// <summary>Whether the client that asked has left.</summary>
    public bool HasNoClient => _clientLeft;

    /// <summary>One more waits.</summary>
    public void Join() => Interlocked.Increment(ref _followers);

    /// <summary>Waits for the end. Null: it took too long, and who waits should go on alone.</summary>
    /// <exception cref="OperationCanceledException">The client that waits has left.</exception>
    public async Task<FillEnd?> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await _end.Task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _followers);
        }
    }

    /// <summary>The answer has begun, and is going to be stored.</summary>
    public void BeginStoring()
    {
        lock (_lock)
        {
            _storing = true;
        }
    }

    /// <summary>Tells those who wait how it ended. What is told first counts.</summary>
    public void End(FillEnd end)
    {
        _end.TrySetResult(end);
        lock (_lock)
        {
            // Nobody has anything of it any more: neither the client, nor the store.
            _storing = false;
            if (_clientLeft && end != FillEnd.Stored)
                Stop();
        }
    }

    /// <summary>The client that asked has left. It goes on if others wait, or if the answer has begun and will be stored.</summary>
    public void ClientLeft()
    {
        lock (_lock)
        {
            _clientLeft = true;
            if (!_storing && Followers == 0)
                Stop();
            else
                _limit = time.CreateTimer(static state => ((Fill)state!).Stop(), this, LongestWithoutClient, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc />
    /// <remarks>The source of <see cref="Stopped"/> is left to the collector: it holds no timer, and may be cancelled at this very moment.</remarks>
    public void Dispose()
    {
        End(FillEnd.Failed);
        lock (_lock)
        {
            _limit?.Dispose();
        }
    }

    /// <summary>Not on this thread: what waits on the token goes on where it is cancelled.</summary>
    private void Stop() => _ = _stop.CancelAsync();
}
