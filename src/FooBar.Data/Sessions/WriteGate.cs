namespace FooBar.Data;

/// <summary>
/// Lets writes begin on a primary, the longest waiting first: few at a time on one that is newly proven, and one more each time as many
/// as may run are done. After an outage everything that waited is there at once; let in together, all of it finishes late, with a
/// connection opened for each. Thread-safe.
/// </summary>
/// <remarks>
/// How many may run grows with what the primary gets done, so it needs no measure of the machine: to 45 after a thousand writes, and on.
/// Where none ends for <see cref="Stall"/> the writes may be long and not the primary slow, and <see cref="First"/> more may run.
/// </remarks>
internal sealed class WriteGate : IDisposable
{
    /// <summary>How many may run at a time when a primary is newly proven.</summary>
    public const int First = 4;

    /// <summary>How long none may end before more are let in all the same.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiter, long> _line = new();
    private readonly ITimer _stalled;
    private WriteTurn _turn = new(0);
    private long _endedAt;
    private int _limit = First;
    private int _running;
    private int _done;

    public WriteGate(TimeProvider time)
    {
        _time = time;
        _stalled = time.CreateTimer(static gate => ((WriteGate)gate!).Widen(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many stand in line, those that have given up since among them.</summary>
    public int InLine
    {
        get
        {
            lock (_lock)
                return _line.Count;
        }
    }

    /// <summary>Lets a write in if nobody waits and another may run. Everyone who is let in must <see cref="Leave"/>.</summary>
    /// <param name="epoch">The topology's, in which the primary is proven. A newer one than before begins anew with few.</param>
    /// <param name="pastTheLine">
    /// Lets it in whoever waits, and takes no place of theirs: it may wait for what the primary has in hand already, and they would wait for it.
    /// </param>
    public WriteTurn? TryEnter(long epoch, bool pastTheLine = false)
    {
        lock (_lock)
        {
            Renew(epoch);
            LetIn();
            if (pastTheLine)
                return new(epoch);
            if (_line.Count > 0 || _running >= _limit)
                return null;
            _running++;
            return _turn;
        }
    }

    /// <summary>
    /// Waits for the write's turn; null when it does not come in time. The topology may have changed meanwhile: who waited must look again.
    /// </summary>
    /// <param name="epoch">As for <see cref="TryEnter"/>.</param>
    /// <param name="since">The write's beginning, a timestamp of the clock: the earliest is next.</param>
    /// <param name="within">How long it may wait; not at all when zero or less.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<WriteTurn?> EnterAsync(long epoch, long since, TimeSpan within, CancellationToken ct)
    {
        Waiter waiter = new();
        lock (_lock)
        {
            bool isFirst = _line.Count == 0;
            _line.Enqueue(waiter, since);
            Renew(epoch);
            LetIn();
            if (isFirst)
                AwaitStall(Stall);
        }

        try
        {
            return await waiter.Turn.WaitAsync(within > TimeSpan.Zero ? within : TimeSpan.Zero, _time, ct).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // Let in at the same moment: the place is given on.
            if (!waiter.GiveUp())
                Leave(await waiter.Turn.ConfigureAwait(false), done: false);
            if (over is OperationCanceledException)
                throw;
            return null;
        }
    }

    /// <summary>The write has ended on this primary, whatever became of it.</summary>
    /// <param name="turn">What it was let in with.</param>
    /// <param name="done">Whether the primary got it done, be it only as far as the work itself went before it threw.</param>
    public void Leave(WriteTurn turn, bool done)
    {
        lock (_lock)
        {
            // Those of an earlier primary may hang there for seconds. They are not in the way of the new one's, nor is who came past the line.
            if (turn != _turn)
                return;
            _running--;
            _endedAt = _time.GetTimestamp();
            if (done && ++_done >= _limit)
                (_limit, _done) = (_limit + 1, 0);
            LetIn();
            AwaitStall(Stall);
        }
    }

    public void Dispose() => _stalled.Dispose();

    /// <summary>Must be called with the lock held, as all below.</summary>
    private void Renew(long epoch)
    {
        if (epoch <= _turn.Epoch)
            return;
        (_turn, _limit, _running, _done, _endedAt) = (new(epoch), First, 0, 0, _time.GetTimestamp());
        AwaitStall(Stall);
    }

    private void LetIn()
    {
        while (_running < _limit && _line.TryDequeue(out Waiter? next, out _))
        {
            if (next.TryLetIn(_turn))
                _running++;
        }
    }

    private void AwaitStall(TimeSpan left)
    {
        if (_line.Count > 0)
            _stalled.Change(left, Timeout.InfiniteTimeSpan);
    }

    private void Widen()
    {
        lock (_lock)
        {
            // One that ended while this waited for the lock has set the clock anew.
            TimeSpan since = _time.GetElapsedTime(_endedAt);
            if (_line.Count > 0 && since >= Stall)
            {
                _limit += First;
                LetIn();
            }

            AwaitStall(since < Stall ? Stall - since : Stall);
        }
    }

    private sealed class Waiter
    {
        private readonly TaskCompletionSource<WriteTurn> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<WriteTurn> Turn => _turn.Task;

        /// <summary>False when it has given up.</summary>
        public bool TryLetIn(WriteTurn turn) => _turn.TrySetResult(turn);

        /// <summary>False when it has been let in.</summary>
        public bool GiveUp() => _turn.TrySetCanceled();
    }
}

/// <summary>What a write is let in with: the same for all that have a place in one epoch.</summary>
internal sealed class WriteTurn(long epoch)
{
    public long Epoch { get; } = epoch;
}
