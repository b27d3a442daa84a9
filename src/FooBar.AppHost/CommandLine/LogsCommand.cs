using System.CommandLine;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar logs</c>.</summary>
internal static class LogsCommand
{
    private const int LinesShown = 100;

    public static Command Create()
    {
        Argument<string?> name = new("NAME") { Description = "One process: gateway, web-1, db-2, prometheus, supervisor. All of them when left out", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> follow = new("--follow", "-f") { Description = "Go on as new lines come; Ctrl-C ends" };
        Command command = new("logs", "The processes' logs, readable") { name, follow };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StateFolder state = FoobarCommand.StateOf(parsed);
            string[] known = Directory.Exists(state.Logs) ? [.. Directory.GetFiles(state.Logs, "*.log").Order(StringComparer.Ordinal)] : [];
            string? wanted = parsed.GetValue(name);
            string[] files = wanted is null ? known : [.. known.Where(file => Path.GetFileNameWithoutExtension(file) == wanted)];
            if (files.Length == 0)
            {
                throw new FoobarException(known.Length == 0
                    ? $"There are no logs in {state.Path}: nothing was started there yet. Start it with ./foobar up."
                    : $"There is no process called '{wanted}'. Choose one of {string.Join(", ", known.Select(Path.GetFileNameWithoutExtension))}.");
            }

            LogReader[] readers = [.. files.Select(file => new LogReader(file))];
            foreach (LogLine line in readers.SelectMany(reader => reader.ReadNew().TakeLast(LinesShown)).OrderBy(line => line.Time).TakeLast(LinesShown * 2))
            {
                Console.WriteLine(line.Text);
            }

            while (parsed.GetValue(follow) && !cancellationToken.IsCancellationRequested)
            {
                foreach (LogLine line in readers.SelectMany(reader => reader.ReadNew()).OrderBy(line => line.Time))
                {
                    Console.WriteLine(line.Text);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            return 0;
        });
        return command;
    }
}
