using FooBar.Load;

namespace FooBar.Faults.Tests;

/// <summary>Tells when a load has come to the arrival of a certain second: a fault strikes at a place in the load, not by a clock of its own.</summary>
internal sealed class Cue(int second)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public LoadPlan In(LoadPlan plan) => plan with
    {
        Operation = (index, token) =>
        {
            if (index >= second * plan.Rate)
            {
                _reached.TrySetResult();
            }

            return plan.Operation(index, token);
        },
    };
}
