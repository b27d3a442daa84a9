[assembly: AssemblyFixture(typeof(FooBar.Lab.Tests.Labs))]

namespace FooBar.Lab.Tests;

/// <summary>The labs of this assembly. Each is made by the first test that asks for it, and serves all that do.</summary>
public sealed class Labs : IAsyncLifetime
{
    private readonly Lazy<Task<BareLab>> _bare = new(BareLab.StartAsync);
    private readonly Lazy<Task<DeployedLab>> _deployed = new(DeployedLab.StartAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Three hosts on which nothing was installed.</summary>
    internal Task<BareLab> BareAsync() => _bare.Value;

    /// <summary>Three hosts to which the playbooks were applied once.</summary>
    internal Task<DeployedLab> DeployedAsync() => _deployed.Value;

    public async ValueTask DisposeAsync()
    {
        if (_bare is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _bare.Value).DisposeAsync();
        }

        if (_deployed is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _deployed.Value).DisposeAsync();
        }
    }
}
