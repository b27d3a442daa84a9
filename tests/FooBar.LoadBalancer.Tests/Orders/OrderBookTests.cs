using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Orders;

namespace FooBar.LoadBalancer.Tests.Orders;

public sealed class OrderBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void With_AnotherOrder_ReplacesTheOneOfThatNameInAnyCase()
    {
        IReadOnlyDictionary<string, BackendOrder> orders = OrderBook.With(Book(("web-1", Order(AdminState.Drain))), "WEB-1", Order(AdminState.Ready));

        Assert.Equal(AdminState.Ready, Assert.Single(orders).Value.State?.Is);
    }

    [Fact]
    public void Merge_OfTwoProcesses_KeepsTheLaterOfEach()
    {
        IReadOnlyDictionary<string, BackendOrder> merged = OrderBook.Merge(
            Book(("web-1", Order(AdminState.Drain, 5)), ("web-2", Order(AdminState.Ready, 5)), ("web-3", Order(AdminState.Drain))),
            Book(("Web-1", Order(AdminState.Ready, 4)), ("web-2", Order(AdminState.Maintenance, 6)), ("web-4", Order(AdminState.Drain))));

        Assert.Equal(
            ["web-1 Drain", "web-2 Maintenance", "web-3 Drain", "web-4 Drain"],
            merged.Select(order => $"{order.Key.ToLowerInvariant()} {order.Value.State?.Is}").Order());
    }

    [Fact]
    public void Tidy_OfKnownBackends_ChangesNothing()
    {
        IReadOnlyDictionary<string, BackendOrder> orders = Book(("web-1", Order(AdminState.Drain)));

        Assert.Same(orders, OrderBook.Tidy(orders, ["WEB-1", "web-2"], Now.AddYears(1)));
    }

    [Fact]
    public void Tidy_OfABackendThatIsGone_KeepsItFor30Days()
    {
        IReadOnlyDictionary<string, BackendOrder> gone = OrderBook.Tidy(Book(("web-1", Order(AdminState.Drain))), ["web-2"], Now);
        Assert.Equal(Now, gone["web-1"].UnknownSince);
        Assert.Same(gone, OrderBook.Tidy(gone, ["web-2"], Now.AddDays(29)));

        Assert.Null(OrderBook.Tidy(gone, ["web-1"], Now.AddDays(29))["web-1"].UnknownSince);
        Assert.Empty(OrderBook.Tidy(gone, ["web-2"], Now.AddDays(30)));
    }

    /// <summary>A person orders the one's state over one process, and another one its weight over the other.</summary>
    [Fact]
    public void Merge_OfAStateAndAWeight_KeepsBoth()
    {
        WeightOrder weight = new(100, "test", Now, 50);
        IReadOnlyDictionary<string, BackendOrder> merged = OrderBook.Merge(
            Book(("web-1", Order(AdminState.Drain, 5))), Book(("web-1", Order(AdminState.Ready, 4) with { Weight = weight })));

        Assert.Equal((AdminState.Drain, weight), (merged["web-1"].State?.Is, merged["web-1"].Weight));
    }

    [Theory]
    [InlineData(100, 50, 50)]
    [InlineData(100, null, 100)]
    [InlineData(80, 50, null)]
    [InlineData(80, null, null)]
    public void Weight_OrderedInsteadOf100_HoldsUntilTheSettingsSayAnother(int configured, int? ordered, int? expected) =>
        Assert.Equal(expected, new WeightOrder(100, "test", Now, ordered).For(configured));

    private static BackendOrder Order(AdminState state, int seconds = 0) => new(new StateOrder(state, "test", Now.AddSeconds(seconds)));

    private static Dictionary<string, BackendOrder> Book(params (string Name, BackendOrder Order)[] orders) =>
        orders.ToDictionary(order => order.Name, order => order.Order, StringComparer.OrdinalIgnoreCase);
}
