using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary>The table that <c>up</c> shows while the site runs.</summary>
internal static class LiveTable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Shows it until the token is cancelled; on a pipe, only what happens, a line each.</summary>
    public static async Task ShowAsync(SiteStack stack, StateFolder state, CancellationToken cancellationToken)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            stack.Happened = happened => TerminalLine.TryWrite(happened.ToString());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(3) };
        SemaphoreSlim happened = new(0);
        stack.Happened = _ => happened.Release();
        await AnsiConsole.Live(new Table()).StartAsync(async display =>
        {
            while (true)
            {
                if (StackRecord.ReadLiving(state) is { } record)
                {
                    display.UpdateTarget(StatusTable.Of(await StackStatus.InspectAsync(record, state, http, cancellationToken), record));
                }

                // What happens is shown at once, the rest by and by.
                await happened.WaitAsync(Interval, cancellationToken);
            }
        });
    }
}
