using System.CommandLine;
using System.Globalization;
using FooBar.AppHost.Gateway;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar gateway</c>: what people order of a gateway while it runs, over its admin API.</summary>
internal static class GatewayCommand
{
    private static readonly GatewayOptions Access = new();

    private static readonly Option<bool> Json = new("--json") { Description = "Print the gateway's answer as JSON, for scripts", Recursive = true };

    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the audit log and for whoever looks", HelpName = "TEXT" };

    public static Command Create()
    {
        Command command = new("gateway", "Operate the gateway: take instances out and back, reload, certificates, purge the cache")
        {
            ListCommand(),
            StateCommand("drain", "drain", "Let an instance finish what it has and take nothing new, also when no other is left"),
            StateCommand("maintenance", "maintenance", "As drain, and it is not checked either: for work on it"),
            StateCommand("ready", "ready", "Let an instance take requests again, when its checks pass"),
            WeightCommand(),
            ReloadCommand(),
            CertificatesCommand(),
            PurgeCommand(),
        };
        Access.AddTo(command);
        command.Options.Add(Json);
        return command;
    }

    private static Command ListCommand()
    {
        Command command = new("list", "Every instance: what was ordered, what its checks say, requests in flight");
        SetAction(command, async (admin, isJson, _, cancellationToken) =>
        {
            (string text, BackendsAnswer answer) = await admin.GetAsync<BackendsAnswer>("backends", cancellationToken);
            Print(isJson, text, () => AnsiConsole.Write(GatewayTables.Of(answer)));
            return 0;
        });
        return command;
    }

    private static Command StateCommand(string name, string state, string description)
    {
        Argument<string> backend = new("NAME") { Description = "The instance, such as web-1: see ./foobar gateway list" };
        Option<bool> force = new("--force") { Description = "Also if it is the last one that takes requests: the site is down then" };
        Option<bool> wait = new("--wait") { Description = state == "ready" ? "Return when it takes requests" : "Return when its last request has ended" };
        Option<int> timeout = new("--timeout") { Description = "With --wait: how long at most, 1 to 600", HelpName = "SECONDS", DefaultValueFactory = _ => 60, CustomParser = WholeSeconds };
        Command command = new(name, description) { backend, Reason, wait, timeout };
        if (state != "ready")
        {
            command.Options.Add(force);
        }

        SetAction(command, async (admin, isJson, parsed, cancellationToken) =>
        {
            bool isForced = state != "ready" && parsed.GetValue(force);
            TimeSpan within = TimeSpan.FromSeconds(parsed.GetValue(wait) ? parsed.GetValue(timeout) : 0);
            (string text, StateAnswer answer) = await admin.OrderAsync(parsed.GetValue(backend)!, state, parsed.GetValue(Reason), isForced, within, cancellationToken);
            await WarnAsync(answer.NotKept);
            bool isInTime = answer.Settled || !parsed.GetValue(wait);
            Print(isJson, text, () =>
            {
                if (isInTime)
                {
                    Console.WriteLine(GatewayTables.Sentence(answer.Backend, parsed.GetValue(wait) ? TimeSpan.FromSeconds(answer.WaitedSeconds) : null));
                }
            });
            return isInTime ? 0 : throw new FoobarException(GatewayTables.NotThere(answer.Backend, within));
        });
        return command;
    }

    private static Command WeightCommand()
    {
        Argument<string> backend = new("NAME") { Description = "The instance, such as web-1: see ./foobar gateway list" };
        Argument<string> weight = new("N") { Description = "0, which is for no requests, to 256, in proportion to the others' weights; configured: as the settings say" };
        weight.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && text != "configured" && (!TryNumber(text, out int number) || number > 256))
            {
                result.AddError($"a weight of {text}: give a whole number from 0 to 256, or configured.");
            }
        });
        Option<bool> force = new("--force") { Description = "Also 0 for the last one that takes requests: the site is down then" };
        Command command = new("weight", "Give an instance another share of the requests") { backend, weight, Reason, force };
        SetAction(command, async (admin, isJson, parsed, cancellationToken) =>
        {
            (string text, WeightAnswer answer) = await admin.WeighAsync(
                parsed.GetValue(backend)!, TryNumber(parsed.GetValue(weight)!, out int number) ? number : null, parsed.GetValue(Reason), parsed.GetValue(force), cancellationToken);
            await WarnAsync(answer.NotKept);
            Print(isJson, text, () => Console.WriteLine($"{answer.Backend.Name} has the weight {answer.Backend.Weight}, before {answer.Before}."));
            return 0;
        });
        return command;
    }

    private static async Task WarnAsync(string? notKept)
    {
        if (notKept is not null)
        {
            await Console.Error.WriteLineAsync($"foobar: a restart of the gateway would lose this order: {notKept}.");
        }
    }

    private static Command ReloadCommand()
    {
        Command command = new("reload", "Read the configuration and its files again; what cannot be used changes nothing") { Reason };
        SetAction(command, async (admin, isJson, parsed, cancellationToken) =>
        {
            (string text, ReloadAnswer answer) = await admin.ReloadAsync(parsed.GetValue(Reason), cancellationToken);
            Print(isJson, text, () =>
            {
                Console.WriteLine($"Generation {answer.Generation} of the configuration is in force.");
                if (answer.NeedRestart.Count > 0)
                {
                    Console.WriteLine($"These changed and take effect at the next start only: {string.Join(", ", answer.NeedRestart)}.");
                }
            });
            return 0;
        });
        return command;
    }

    private static Command CertificatesCommand()
    {
        Command command = new("certificates", "The certificates that visitors are shown, and how long they last");
        SetAction(command, async (admin, isJson, _, cancellationToken) =>
        {
            (string text, CertificatesAnswer answer) = await admin.GetAsync<CertificatesAnswer>("certificates", cancellationToken);
            Print(isJson, text, () => AnsiConsole.Write(GatewayTables.Of(answer)));
            return 0;
        });
        return command;
    }

    private static Command PurgeCommand()
    {
        Argument<string?> url = new("URL") { Description = "The address, as visitors ask for it: https://www.foobar.com/PATH?QUERY", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> below = new("--below") { Description = "Also everything below it, with every query" };
        Option<bool> all = new("--all") { Description = "Everything, of every host" };
        Command command = new("purge", "Have the gateway's cache forget an address, and ask an instance for it anew") { url, below, all, Reason };
        command.Validators.Add(result =>
        {
            bool hasUrl = result.GetResult(url) is { Tokens.Count: > 0 };
            if (hasUrl == result.GetValue(all))
            {
                result.AddError("purge: give the address to forget, or --all.");
            }
            else if (result.GetValue(below) && !hasUrl)
            {
                result.AddError("--below is for an address: --all is everything.");
            }
        });
        SetAction(command, async (admin, isJson, parsed, cancellationToken) =>
        {
            string? address = parsed.GetValue(url);
            (string text, PurgeAnswer answer) = await admin.PurgeAsync(address, parsed.GetValue(below), parsed.GetValue(Reason), cancellationToken);
            Print(isJson, text, () => Console.WriteLine(GatewayTables.Sentence(answer, address)));
            return 0;
        });
        return command;
    }

    private static void SetAction(Command command, Func<GatewayAdmin, bool, ParseResult, CancellationToken, Task<int>> action) => command.SetAction(async (parsed, cancellationToken) =>
    {
        using GatewayAdmin admin = new(Access.Read(parsed, FoobarCommand.StateOf(parsed)));
        return await action(admin, parsed.GetValue(Json), parsed, cancellationToken);
    });

    private static void Print(bool isJson, string text, Action words)
    {
        if (isJson)
        {
            Console.WriteLine(text);
            return;
        }

        words();
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static int WholeSeconds(System.CommandLine.Parsing.ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (!TryNumber(text, out int seconds) || seconds is < 1 or > 600)
        {
            argument.AddError($"--timeout {text}: give a whole number from 1 to 600.");
        }

        return seconds;
    }
}
