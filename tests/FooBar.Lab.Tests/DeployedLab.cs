using System.Diagnostics;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;

namespace FooBar.Lab.Tests;

/// <summary>A lab to which the playbooks were applied once, by the command that an operator types. It ends with the tests, however they end.</summary>
internal sealed class DeployedLab : IAsyncDisposable
{
    private readonly LabStart _start;

    private DeployedLab(LabStart start) => _start = start;

    public RunningLab Lab => _start.Lab;

    /// <summary>What ansible-playbook printed.</summary>
    public string Output { get; private set; } = string.Empty;

    /// <summary>What the first deployment took, builds left out.</summary>
    public TimeSpan Duration { get; private set; }

    public static async Task<DeployedLab> StartAsync()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        DeployedLab deployed = new(await LabStart.RunAsync(LabState.Lab("lab-deployed"), new LineProgress(Console.Out, TimeProvider.System), cancellationToken));
        try
        {
            Assert.True(await LabDeployment.PrepareAsync(deployed.Lab, cancellationToken) == 0, "./foobar artifacts failed; what it said stands above.");
            long began = Stopwatch.GetTimestamp();
            ToolResult result = await deployed.DeployAsync(cancellationToken);
            deployed.Duration = Stopwatch.GetElapsedTime(began);
            deployed.Output = result.Output;
            Console.WriteLine($"  deployed in {deployed.Duration.TotalSeconds:0} s");
            Assert.True(result.ExitCode == 0, $"The deployment failed.\n{Tail(result.Output)}\n{result.Error}\n{await deployed.Lab.ExplainAsync(cancellationToken)}");
            return deployed;
        }
        catch
        {
            await deployed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Applies the playbooks, with more arguments if wanted; what was built before is deployed.</summary>
    public Task<ToolResult> DeployAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        StreamedTool.RunAsync(LabDeployment.CommandLine(Lab, arguments), line => Console.WriteLine($"    {line}"), cancellationToken);

    public ValueTask DisposeAsync() => _start.DisposeAsync();

    private static string Tail(string output) => string.Join('\n', output.Split('\n').TakeLast(60));
}

/// <summary>A test on the deployed lab; it leaves all whole for the next.</summary>
public abstract class DeployedLabTest(Labs labs) : LabTest
{
    private DeployedLab? _deployed;

    internal DeployedLab Deployed => _deployed!;

    internal override RunningLab Lab => Deployed.Lab;

    public override async ValueTask InitializeAsync() => _deployed = await labs.DeployedAsync();
}
