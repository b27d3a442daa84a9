using FooBar.Load;

namespace FooBar.Faults.Tests;

/// <summary>Tells when a load has come to a certain arrival: a fault strikes at a place in the load, not after a guess at its pace.</summary>
internal sealed class Cue(int arrival)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public LoadPlan In(LoadPlan plan) => plan with
    {
        Operation = (index, token) =>
        {
            if (index >= arrival)
            {
                _reached.TrySetResult();
            }

            return plan.Operation(index, token);
        },
    };
}
