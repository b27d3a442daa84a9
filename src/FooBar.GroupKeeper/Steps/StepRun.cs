using FooBar.GroupKeeper.Decisions;

namespace FooBar.GroupKeeper.Steps;

/// <summary>
/// The step that is under way, beside the looks, and the pause after one that failed: 1, 2, 4 … 30 s. Used by one thread at a time.
/// </summary>
internal sealed class StepRun(Membership group, KeeperMetrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly string _member = group.Name(group.Own);
    private Task<bool> _running = Task.FromResult(true);
    private int _failures;
    private long _failedAt;

    /// <summary>The last step that was taken.</summary>
    public NextStep Step { get; private set; } = new(StepKind.None, string.Empty);

    public bool IsBusy => !_running.IsCompleted;

    /// <summary>Whether it is a step at all, and none has failed just now.</summary>
    public bool MayTake(NextStep step) =>
        step.Kind is StepKind.Leave or StepKind.Disarm or StepKind.Join or StepKind.Form
        && (_failures == 0 || time.GetElapsedTime(_failedAt) >= PauseAfter(_failures));

    /// <summary>Begins a step; none may be under way. Whatever becomes of it is told in the log and the metrics.</summary>
    public void Take(NextStep step, Func<CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        Step = step;
        _running = RunAsync(step, take, cancellationToken);
    }

    /// <summary>Waits until the step under way has ended, by itself or by its token.</summary>
    public async Task EndAsync() => await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    internal static TimeSpan PauseAfter(int failures)
    {
        TimeSpan pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(failures, 10) - 1));
        return pause < LongestPause ? pause : LongestPause;
    }

    private async Task<bool> RunAsync(NextStep step, Func<CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        string kind = step.Kind.ToString();
        long began = time.GetTimestamp();
        try
        {
            await take(cancellationToken);
            _failures = 0;
            metrics.Step(step.Kind, succeeded: true);
            KeeperLog.StepDone(logger, _member, kind, time.GetElapsedTime(began).TotalSeconds);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception failure)
        {
            (_failures, _failedAt) = (_failures + 1, time.GetTimestamp());
            metrics.Step(step.Kind, succeeded: false);
            KeeperLog.StepFailed(logger, _member, kind, time.GetElapsedTime(began).TotalSeconds, failure.Message);
            return false;
        }
    }
}
