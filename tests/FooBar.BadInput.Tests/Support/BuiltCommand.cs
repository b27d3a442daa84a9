[assembly: AssemblyFixture(typeof(FooBar.BadInput.Tests.Support.BuiltCommand))]

namespace FooBar.BadInput.Tests.Support;

/// <summary>Calls the script once before all tests: the first call builds the command and says so on standard error.</summary>
public sealed class BuiltCommand : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => Assert.Equal(0, (await Foobar.RunAsync("--help")).ExitCode);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
