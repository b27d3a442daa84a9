namespace FooBar.Load;

/// <summary>
/// Generates load as the world does: arrivals come at their fixed instants, however slow the answers are, and each is measured from the
/// instant at which it was due. A closed loop, in which a user sends the next request when the last one is answered, asks less of a server
/// that stalls and so hides the stall (coordinated omission). Several plans may run side by side, each by a call of its own; thread-safe.
/// </summary>
/// <param name="time">The clock. With the system's, each run has a thread for the schedule, and operations run on the thread pool.</param>
/// <param name="maxInFlight">Operations of one run in flight at once, at least 1; one more counts as <see cref="LoadOutcome.GeneratorFull"/>.</param>
public sealed class OpenLoop(TimeProvider time, int maxInFlight = OpenLoop.DefaultMaxInFlight)
{
    /// <summary>Unless told otherwise: the most operations of one run in flight at once.</summary>
    public const int DefaultMaxInFlight = 20_000;

    /// <summary>How long after its deadline an operation that ignores its token is waited for; then it is left to itself.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly int _maxInFlight = maxInFlight > 0 ? maxInFlight : throw new ArgumentOutOfRangeException(nameof(maxInFlight), maxInFlight, "Give 1 or more.");

    /// <summary>Runs a plan to its end. Cancelling <paramref name="stop"/> ends the arrivals; what is in flight ends by itself, and the result is returned.</summary>
    /// <exception cref="ArgumentException">The plan has a value out of its range.</exception>
    public async Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Check();
        Run run = new(plan, time, _maxInFlight);
        await new Schedule(plan, time, run.StartedAt, run.Arrive, stop).RunAsync();
        return await run.FinishAsync();
    }

    private sealed class Run(LoadPlan plan, TimeProvider time, int maxInFlight)
    {
        private readonly LoadRecorder _recorder = new(plan);
        private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // The schedule counts as one, so that this reaches zero once, after the last operation.
        private int _inFlight = 1;

        public long StartedAt { get; } = time.GetTimestamp();

        private TimeSpan Now => time.GetElapsedTime(StartedAt);

        /// <summary>Called by the schedule, one arrival after the other.</summary>
        public void Arrive(int index, TimeSpan now)
        {
            if (Volatile.Read(ref _inFlight) > maxInFlight)
            {
                _recorder.Refuse(index, now);
                return;
            }

            Interlocked.Increment(ref _inFlight);
            _recorder.Start(now);
            if (time == TimeProvider.System)
            {
                // What an operation does before it first awaits must not hold up the schedule.
                ThreadPool.UnsafeQueueUserWorkItem(static arrival => _ = arrival.Run.OperateAsync(arrival.Index), (Run: this, Index: index), preferLocal: false);
            }
            else
            {
                _ = OperateAsync(index);
            }
        }

        public async Task<LoadResult> FinishAsync()
        {
            Leave();
            await _idle.Task;
            return _recorder.Finish();
        }

        /// <summary>Never throws.</summary>
        private async Task OperateAsync(int index)
        {
            TimeSpan begun = Now;
            string outcome = await OutcomeAsync(index, begun).ConfigureAwait(false);
            _recorder.End(index, outcome, begun, Now);
            Leave();
        }

        private async Task<string> OutcomeAsync(int index, TimeSpan begun)
        {
            TimeSpan left = plan.DueAt(index) + plan.Deadline - begun;
            if (left <= TimeSpan.Zero)
            {
                return LoadOutcome.Deadline;
            }

            string outcome;
            Task<string?> operation = Task.FromResult<string?>(null);
            using CancellationTokenSource deadline = new(left, time);
            try
            {
                operation = plan.Operation(index, deadline.Token);
                outcome = await operation.WaitAsync(left + Grace, time).ConfigureAwait(false) ?? LoadOutcome.Ok;
            }
            catch (TimeoutException) when (!operation.IsCompleted)
            {
                // It ignores its token: nothing more can be done about it from here.
                return LoadOutcome.Deadline;
            }
            catch (Exception exception)
            {
                outcome = Reason(exception);
            }

            return deadline.IsCancellationRequested || Now - plan.DueAt(index) > plan.Deadline ? LoadOutcome.Deadline : outcome;
        }

        private static string Reason(Exception exception)
        {
            Exception innermost = exception;
            while (innermost.InnerException is { } inner)
            {
                innermost = inner;
            }

            return $"{exception.GetType().Name}: {innermost.Message}";
        }

        private void Leave()
        {
            if (Interlocked.Decrement(ref _inFlight) == 0)
            {
                _idle.SetResult();
            }
        }
    }
}
