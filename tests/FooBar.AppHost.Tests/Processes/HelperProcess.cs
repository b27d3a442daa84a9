using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Processes;

/// <summary>This test program in a second process: it does one thing with the command's code, says so in a line, and waits to be killed.</summary>
internal sealed class HelperProcess : IAsyncDisposable
{
    public const string Argument = "helper";

    private readonly Process _process;

    private HelperProcess(Process process) => _process = process;

    /// <summary>What it said.</summary>
    public string Answer { get; private set; } = string.Empty;

    /// <summary>Starts a child as the supervisor does; the answer is the child's process id.</summary>
    public static Task<HelperProcess> StartChildAsync(string deathSignal, string? user, string folder, string logFile, string script) =>
        StartAsync("start-child", deathSignal, user ?? string.Empty, folder, logFile, script);

    /// <summary>Runs a tool; the answer is <c>running</c>.</summary>
    public static Task<HelperProcess> RunToolAsync(string script) => StartAsync("run-tool", script);

    /// <summary>Takes the lock of a state folder and keeps it; the answer is <c>taken</c> or <c>refused</c>.</summary>
    public static Task<HelperProcess> TakeLockAsync(string stateFolder) => StartAsync("take-lock", stateFolder);

    /// <summary>The helper's side.</summary>
    public static async Task<int> MainAsync(string[] arguments)
    {
        StateLock? held = null;
        switch (arguments)
        {
            case ["start-child", string signal, string user, string folder, string logFile, string script]:
                ChildProcess child = await ChildProcess.StartAsync(new ChildSpecification("child", "/bin/sh", ["-c", script], folder, logFile)
                {
                    ParentDeathSignal = signal,
                    User = user.Length > 0 ? user : null,
                });
                Console.WriteLine(child.Id);
                break;
            case ["run-tool", string script]:
                _ = Tool.RunAsync("/bin/sh", ["-c", script], CancellationToken.None);
                Console.WriteLine("running");
                break;
            case ["take-lock", string stateFolder]:
                held = StateLock.TryTake(new StateFolder(stateFolder));
                Console.WriteLine(held is null ? "refused" : "taken");
                break;
            default:
                throw new ArgumentException($"No helper does '{string.Join(' ', arguments)}'.");
        }

        // Until it is killed, or the test process is gone.
        await Console.In.ReadToEndAsync();
        held?.Dispose();
        return 0;
    }

    /// <summary>Kills it as the kernel or an operator would: it has no chance to do anything about it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static async Task<HelperProcess> StartAsync(params string[] arguments)
    {
        HelperProcess helper = new(await TestProcess.StartAsync("KILL", Dotnet.Program, [typeof(HelperProcess).Assembly.Location, Argument, .. arguments], start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
        }));
        helper.Answer = await helper._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"The helper process ended without an answer to '{string.Join(' ', arguments)}'.");
        return helper;
    }
}
