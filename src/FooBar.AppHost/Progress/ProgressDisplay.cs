using Spectre.Console;

namespace FooBar.AppHost.Progress;

/// <summary>Shows the progress of some work in the way that suits where the output goes: bars on a terminal, lines on a pipe.</summary>
internal static class ProgressDisplay
{
    public static Task RunAsync(Func<IStartProgress, Task> work) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
            ? BarProgress.RunAsync(work)
            : work(new LineProgress(Console.Out, TimeProvider.System));
}
