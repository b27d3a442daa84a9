using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed class DatabaseOptionsTests
{
    [Fact]
    public void Defaults_AreTheDocumentedOnes()
    {
        DatabaseOptions options = new();

        Assert.Empty(options.Nodes);
        Assert.IsType<GenericDriverAdapter>(options.Driver);
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.ProbeInterval);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.ProbeTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.CausalWait);
        Assert.Equal(TimeSpan.FromSeconds(10), options.PrimaryWait);
        Assert.Equal(TimeSpan.FromSeconds(15), options.OperationTimeout);
        Assert.Equal(Freshness.OwnWrites, options.DefaultFreshness);
        Assert.Null(options.PreferredLocation);
        Assert.Equal(32, options.MaximumPrimaryReads);
        Assert.Null(options.HedgeAfter);
        Assert.Equal(TimeSpan.FromHours(24), options.OperationRetention);
        Assert.Equal(1000, options.MaximumWaiting);
        Assert.Same(TimeProvider.System, options.TimeProvider);
    }

    [Fact]
    public void Validate_LeastOfEverything_Passes()
    {
        TimeSpan tick = TimeSpan.FromTicks(1);

        new DatabaseOptions
        {
            Nodes = [Node("db-1")],
            ProbeInterval = tick,
            ProbeTimeout = tick,
            CausalWait = tick,
            PrimaryWait = tick,
            OperationTimeout = tick * 2,
            HedgeAfter = tick,
            OperationRetention = TimeSpan.FromHours(1),
            MaximumPrimaryReads = 1,
            MaximumWaiting = 1,
        }.Validate();
        new DatabaseOptions { Nodes = [Node("db-1")], OperationTimeout = TimeSpan.FromHours(1), OperationRetention = null }.Validate();
    }

    public static TheoryData<string, Action<DatabaseOptions>> Invalid => new()
    {
        { "DatabaseOptions.Nodes is empty: configure at least one node.", options => options.Nodes = [] },
        { "DatabaseOptions.Nodes is empty: configure at least one node.", options => options.Nodes = null! },
        { "DatabaseOptions.Nodes has no node at index 1, but null.", options => options.Nodes = [Node("db-1"), null!] },
        { "DatabaseOptions.Nodes has a node without a name at index 1.", options => options.Nodes = [Node("db-1"), Node(" ")] },
        {
            "DatabaseOptions.Nodes has two nodes named 'db-1': names must be unique.",
            options => options.Nodes = [Node("db-1"), Node("db-2"), Node("db-1")]
        },
        {
            "DatabaseOptions.Nodes has no application data source for node 'db-1'.",
            options => options.Nodes = [Node("db-1") with { Application = null! }]
        },
        {
            "DatabaseOptions.Nodes has no monitor data source for node 'db-1'.",
            options => options.Nodes = [Node("db-1") with { Monitor = null! }]
        },
        { "DatabaseOptions.Driver is null: leave the default for any ADO.NET driver.", options => options.Driver = null! },
        { "DatabaseOptions.TimeProvider is null: leave the default for the system's clock.", options => options.TimeProvider = null! },
        { "DatabaseOptions.ProbeInterval is 00:00:00: it must be longer than zero and at most 01:00:00.", options => options.ProbeInterval = TimeSpan.Zero },
        { "DatabaseOptions.ProbeTimeout is -00:00:01: it must be longer than zero and at most 01:00:00.", options => options.ProbeTimeout = TimeSpan.FromSeconds(-1) },
        { "DatabaseOptions.CausalWait is 00:00:00: it must be longer than zero and at most 01:00:00.", options => options.CausalWait = TimeSpan.Zero },
        {
            "DatabaseOptions.OperationTimeout is 00:00:10: it must be longer than PrimaryWait, which is 00:00:10, and at most 01:00:00.",
            options => options.OperationTimeout = TimeSpan.FromSeconds(10)
        },
        {
            "DatabaseOptions.OperationTimeout is 01:00:01: it must be longer than PrimaryWait, which is 00:00:10, and at most 01:00:00.",
            options => options.OperationTimeout = TimeSpan.FromSeconds(3601)
        },
        { "DatabaseOptions.ProbeInterval is 365.00:00:00: it must be longer than zero and at most 01:00:00.", options => options.ProbeInterval = TimeSpan.FromDays(365) },
        { "DatabaseOptions.HedgeAfter is 00:00:00: it must be longer than zero and at most 01:00:00, or null.", options => options.HedgeAfter = TimeSpan.Zero },
        { "DatabaseOptions.HedgeAfter is 365.00:00:00: it must be longer than zero and at most 01:00:00, or null.", options => options.HedgeAfter = TimeSpan.FromDays(365) },
        { "DatabaseOptions.OperationRetention is 00:59:59: it must be an hour or more, or null.", options => options.OperationRetention = TimeSpan.FromSeconds(3599) },
        { "DatabaseOptions.MaximumPrimaryReads is 0: it must be 1 or more.", options => options.MaximumPrimaryReads = 0 },
        { "DatabaseOptions.PrimaryWait is 00:00:00: it must be longer than zero and at most 01:00:00.", options => options.PrimaryWait = TimeSpan.Zero },
        { "DatabaseOptions.MaximumWaiting is 0: it must be 1 or more.", options => options.MaximumWaiting = 0 },
        {
            "DatabaseOptions.CausalWait is 00:00:11, longer than PrimaryWait, which is 00:00:10.",
            options => options.CausalWait = TimeSpan.FromSeconds(11)
        },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Validate_OutOfRange_NamesThePropertyAndTheValue(string message, Action<DatabaseOptions> spoil)
    {
        DatabaseOptions options = new() { Nodes = [Node("db-1")] };
        spoil(options);

        Assert.Equal(message, Assert.Throws<ArgumentException>(options.Validate).Message);
    }

    private static DatabaseNode Node(string name)
    {
        FakeNode node = new(name);
        return new(name, node, node);
    }
}
