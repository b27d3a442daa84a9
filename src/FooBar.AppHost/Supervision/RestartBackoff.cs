namespace FooBar.AppHost.Supervision;

/// <summary>
/// How long to wait before a process that ended is started again: not at all after a first end, twice as long after each further one that
/// follows soon, so that a process which cannot run costs next to nothing. Not thread-safe: one per process.
/// </summary>
internal sealed class RestartBackoff
{
    /// <summary>The wait after the second early end in a row.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A process that lived as long as this had started well: its end is a first one again.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private int _early;

    /// <summary>The wait before the next start.</summary>
    /// <param name="lived">How long the process that has just ended had lived; zero when it did not even start.</param>
    public TimeSpan Next(TimeSpan lived)
    {
        _early = lived >= Settled ? 0 : _early + 1;
        return _early <= 1 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(_early - 2, 16)));
    }
}
