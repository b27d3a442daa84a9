namespace FooBar.AppHost.Progress;

/// <summary>One step's news.</summary>
/// <param name="Step">The step's title, which is also its identity.</param>
/// <param name="Fraction">From 0 to 1; 1 is done. Null when nobody knows: something is moving.</param>
/// <param name="Detail">What is happening now, in a few words.</param>
internal sealed record ProgressEvent(string Step, double? Fraction, string Detail);

/// <summary>Where a start reports to. Thread-safe: the steps run side by side.</summary>
internal interface IStartProgress
{
    /// <summary>Takes one step's news; never blocks for long and never throws for a reason of its own.</summary>
    void Report(ProgressEvent news);
}

/// <summary>Reports for one step.</summary>
internal sealed class StepProgress(IStartProgress progress, string step)
{
    public void Working(string detail) => progress.Report(new ProgressEvent(step, null, detail));

    public void At(double fraction, string detail) => progress.Report(new ProgressEvent(step, Math.Clamp(fraction, 0, 0.99), detail));

    public void Done(string detail) => progress.Report(new ProgressEvent(step, 1, detail));
}
