using System.CommandLine;
using System.Globalization;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.Data;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar up</c>: in the foreground until Ctrl-C, or detached.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        Option<bool> detach = new("--detach", "-d") { Description = "Return when the site is up and leave it running; ./foobar down stops it" };
        Option<int> httpsPort = Number("--https-port", "The site's HTTPS port", 8443);
        Option<int> httpPort = Number("--http-port", "The port that redirects to HTTPS", 8080);
        Option<int> web = Number("--web", "Web instances, 1 to 9", 2);
        Option<int> db = Number("--db", "Database members, 1 to 9", 3);
        Option<int> portOffset = Number("--port-offset", "Added to every port, for a second stack beside the first", 0);
        Option<ReplicationMode?> replication = new("--replication")
        {
            Description = "How the databases replicate: group, which replaces a lost primary, or classic, a primary and its replicas [default: as in the state folder; group in a new one]",
            HelpName = "group|classic",
            CustomParser = argument =>
            {
                string word = argument.Tokens[0].Value;
                ReplicationMode? mode = ReplicationFile.Parse(word);
                if (mode is null)
                {
                    argument.AddError($"--replication {word}: give group or classic.");
                }

                return mode;
            },
        };
        Option<bool> supervised = new("--supervised") { Hidden = true };
        Command command = new("up", "Provision what is missing and start everything") { detach, httpsPort, httpPort, web, db, replication, portOffset, supervised };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StateFolder state = FoobarCommand.StateOf(parsed);
            StackOptions options = new()
            {
                HttpsPort = parsed.GetValue(httpsPort),
                HttpPort = parsed.GetValue(httpPort),
                Web = parsed.GetValue(web),
                Db = parsed.GetValue(db),
                Replication = ReplicationFile.Choose(state, parsed.GetValue(replication)),
                PortOffset = parsed.GetValue(portOffset),
            };
            if (options.Problem() is { } problem)
            {
                await Console.Error.WriteLineAsync($"foobar: {problem}");
                return FoobarCommand.WrongUsage;
            }

            return parsed.GetValue(supervised) ? await Supervisor.RunDetachedAsync(options, state, cancellationToken)
                : parsed.GetValue(detach) ? await DetachedStart.RunAsync(options, state, cancellationToken)
                : await ForegroundAsync(options, state, cancellationToken);
        });
        return command;
    }

    /// <summary>Tells where the site is and how to trust it.</summary>
    public static void Announce(string url, StateFolder state)
    {
        string ca = state.CaCertificate.Contains(' ', StringComparison.Ordinal) ? $"'{state.CaCertificate}'" : state.CaCertificate;
        Console.WriteLine();
        Console.WriteLine($"  www.foobar.com is up: {url}");
        Console.WriteLine();
        Console.WriteLine($"  Its certificate comes from a CA made for this checkout: {state.CaCertificate}");
        Console.WriteLine($"    curl       curl --cacert {ca} {url}/");
        Console.WriteLine($"    browser    import that file as an authority (Settings, Certificates, Authorities)");
        Console.WriteLine($"    system     sudo cp {ca} /usr/local/share/ca-certificates/foobar.crt && sudo update-ca-certificates");
        Console.WriteLine();
    }

    private static Option<int> Number(string name, string description, int standard) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => standard,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            {
                argument.AddError($"{name} {text}: give a whole number.");
            }

            return number;
        },
    };

    private static async Task<int> ForegroundAsync(StackOptions options, StateFolder state, CancellationToken cancellationToken)
    {
        using StateLock stateLock = Supervisor.Claim(options, state);
        await using SiteStack stack = new(options, state);
        try
        {
            if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
            {
                await BarProgress.RunAsync(progress => stack.StartAsync(progress, cancellationToken));
            }
            else
            {
                await stack.StartAsync(new LineProgress(Console.Out, TimeProvider.System), cancellationToken);
            }

            Announce(stack.Url, state);
            Console.WriteLine("  Ctrl-C stops everything.");
            await LiveTable.ShowAsync(stack, state, cancellationToken);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return stack.IsRunning ? 0 : throw new FoobarException("interrupted before the site was up; what had started is stopped.");
        }
        finally
        {
            await StopProgress.ShowAsync(StackRecord.ReadAny(state), stack.StopAsync);
        }
    }
}
