using System.Collections.Concurrent;
using Spectre.Console;

namespace FooBar.AppHost.Progress;

/// <summary>Progress for a terminal: a bar a step, drawn by Spectre.Console while the work runs.</summary>
internal sealed class BarProgress : IStartProgress
{
    private readonly ConcurrentDictionary<string, ProgressTask> _tasks = new();
    private readonly ProgressContext _context;

    private BarProgress(ProgressContext context) => _context = context;

    /// <summary>Draws while <paramref name="work"/> runs.</summary>
    public static Task RunAsync(Func<IStartProgress, Task> work) =>
        AnsiConsole.Progress()
            .AutoRefresh(true)
            .HideCompleted(false)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new ElapsedTimeColumn())
            .StartAsync(context => work(new BarProgress(context)));

    public void Report(ProgressEvent news)
    {
        ProgressTask task = _tasks.GetOrAdd(news.Step, static (step, context) => context.AddTask(Markup.Escape(step)), _context);
        task.Description = $"{Markup.Escape(news.Step)} [grey]{Markup.Escape(news.Detail)}[/]";
        task.IsIndeterminate = news.Fraction is null;
        if (news.Fraction is { } fraction)
        {
            task.Value = fraction * 100;
            if (fraction >= 1)
            {
                task.StopTask();
            }
        }
    }
}
