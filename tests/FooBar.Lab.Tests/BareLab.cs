using FooBar.AppHost.Lab;
using FooBar.AppHost.Progress;

namespace FooBar.Lab.Tests;

/// <summary>A lab on which nothing was installed. It ends with the tests, however they end.</summary>
internal sealed class BareLab : IAsyncDisposable
{
    private readonly LabStart _start;

    private BareLab(LabStart start) => _start = start;

    public RunningLab Lab => _start.Lab;

    public static async Task<BareLab> StartAsync() =>
        new(await LabStart.RunAsync(LabState.Lab("lab-bare"), new LineProgress(Console.Out, TimeProvider.System), TestContext.Current.CancellationToken));

    public ValueTask DisposeAsync() => _start.DisposeAsync();
}

/// <summary>A test on the bare lab.</summary>
public abstract class BareLabTest(Labs labs) : LabTest
{
    private RunningLab? _lab;

    internal override RunningLab Lab => _lab!;

    public override async ValueTask InitializeAsync() => _lab = (await labs.BareAsync()).Lab;
}
