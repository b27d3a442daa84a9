using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.Supervision;

public sealed class OrdersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;
    private readonly Orders _orders;

    public OrdersTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
        _orders = new Orders(_state);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Order_ThatNobodyGave_IsNone() => Assert.Equal(Order.None, _orders.Read("web-1"));

    [Fact]
    public void Order_OfAnotherProcess_IsReadHere()
    {
        new Orders(_state).Give("web-1", Order.Hold);

        Assert.Equal((Order.Hold, Order.None), (_orders.Read("web-1"), _orders.Read("web-2")));
    }

    [Fact]
    public void Order_GivenAnew_ReplacesTheOld()
    {
        _orders.Give("web-1", Order.Hold);
        _orders.Give("web-1", Order.Restart);
        _orders.Give("web-2", Order.Hold);
        _orders.Give("web-2", Order.None);

        Assert.Equal((Order.Restart, Order.None), (_orders.Read("web-1"), _orders.Read("web-2")));
    }

    [Fact]
    public void Clear_WithoutAnyOrder_DoesNothing()
    {
        _orders.Clear("web-1");
        _orders.ClearAll();

        Assert.Equal(Order.None, _orders.Read("web-1"));
    }

    [Fact]
    public void ClearAll_ForgetsEveryOrder()
    {
        _orders.Give("web-1", Order.Hold);
        _orders.Give("db-1", Order.Restart);

        _orders.ClearAll();

        Assert.Equal((Order.None, Order.None), (_orders.Read("web-1"), _orders.Read("db-1")));
    }

    [Fact]
    public void Orders_GivenByManyAtOnce_AreAllWhole()
    {
        Parallel.For(0, 200, _ => _orders.Give("web-1", Order.Hold));

        Assert.Equal(Order.Hold, _orders.Read("web-1"));
        Assert.Single(Directory.GetFiles(Path.Combine(_state.Run, "orders")));
    }

    [Theory]
    [InlineData("Dance")]
    [InlineData("7")]
    public void Order_ThatIsNone_IsNotObeyed(string order)
    {
        _orders.Give("web-1", Order.Hold);
        File.WriteAllText(Path.Combine(_state.Run, "orders", "web-1"), order);

        Assert.Equal(Order.None, _orders.Read("web-1"));
    }
}
