using FooBar.Benchmarks;
using FooBar.Benchmarks.DataLayer;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>How MySQL Router is found and told what to do. What it does then is seen where it is measured.</summary>
public sealed class RouterProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Configuration_LeadsAPortToEachServerAndWritesNowhereElse()
    {
        Assert.Equal(
            """
            [DEFAULT]
            logging_folder=
            runtime_folder=/tmp/router
            data_folder=/tmp/router
            config_folder=/tmp/router

            [logger]
            level=ERROR

            [routing:db1]
            bind_address=127.0.0.1
            bind_port=6001
            destinations=127.0.0.1:3301
            routing_strategy=first-available
            protocol=classic

            [routing:db2]
            bind_address=127.0.0.1
            bind_port=6002
            destinations=127.0.0.1:3302
            routing_strategy=first-available
            protocol=classic

            """,
            RouterProcess.Configuration("/tmp/router", [(6001, 3301), (6002, 3302)]));
    }

    [Fact]
    public async Task Version_IsWhatTheProgramSaysOfItself()
    {
        Assert.Equal("9.7.4-2", await RouterProcess.VersionAsync(Program("echo 'MySQL Router  Ver 9.7.4-2 for Linux on x86_64 ((Debian))'"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Version_OfAnotherProgram_SaysWhatToDo()
    {
        string program = Program("echo 'no such option'");

        BenchmarkException failure = await Assert.ThrowsAsync<BenchmarkException>(() => RouterProcess.VersionAsync(program, TestContext.Current.CancellationToken));

        Assert.Equal($"{program} --version says 'no such option': install the package mysql-router, or set FOOBAR_MYSQLROUTER to its program mysqlrouter, or take it away.", failure.Message);
    }

    [Fact]
    public async Task Start_OfAProgramThatEnds_IsAFailure()
    {
        string program = Program("exit 3");

        BenchmarkException failure = await Assert.ThrowsAsync<BenchmarkException>(() => RouterProcess.StartAsync(program, [3306], TestContext.Current.CancellationToken));

        Assert.Equal($"{program} did not start; what it wrote is above.", failure.Message);
    }

    private string Program(string line) => _folder.WriteScript("mysqlrouter", line);
}
