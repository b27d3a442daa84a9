using FooBar.AppHost.Lab;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests;

/// <summary>A test on a lab. When it fails, what the hosts' failed units wrote is printed below it.</summary>
public abstract class LabTest : IAsyncLifetime
{
    /// <summary>What a command may take that does no more than look.</summary>
    protected static readonly TimeSpan Glance = TimeSpan.FromSeconds(30);

    internal abstract RunningLab Lab { get; }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(await Lab.ExplainAsync(CancellationToken.None));
        }
    }

    /// <summary>Writes a line to the test's output.</summary>
    protected static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    /// <summary>Runs a command as root on a machine; it must succeed. Returns what it printed, without the last line's end.</summary>
    internal async Task<string> RunAsync(LabMachine machine, params IEnumerable<string> command)
    {
        ToolResult result = await Lab.RunAsync(machine, command, Glance, Token);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)} on {machine.Name} ended with {result.ExitCode}:\n{result.Output}{result.Error}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Runs a command as root on a machine, whatever comes of it.</summary>
    internal Task<ToolResult> TryAsync(LabMachine machine, params IEnumerable<string> command) => Lab.RunAsync(machine, command, Glance, Token);
}
