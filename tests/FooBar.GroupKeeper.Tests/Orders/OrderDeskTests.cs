using FooBar.GroupKeeper.Looks;
using FooBar.GroupKeeper.Orders;
using FooBar.GroupKeeper.Tests.Decisions;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.GroupKeeper.Tests.Orders;

public sealed class OrderDeskTests : IDisposable
{
    private static readonly MemberLook?[] TwoLeft = [Look.Offline(), Look.Offline(), Look.Silent];
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-keeper-").FullName;
    private readonly FakeTime _time = new();
    private readonly Lines _log = new();
    private readonly OrderDesk _desk;

    public OrderDeskTests() => _desk = new(_folder, Look.Members(0), _time, _log);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Order_IsTakenOnceAndGoodForTenMinutes()
    {
        FormOrder.Leave(_folder, "db-3");

        Assert.Equal([2], _desk.After(TwoLeft, new()));
        Assert.Empty(Directory.GetFiles(_folder));
        _time.Advance(FormOrder.Lifetime - TimeSpan.FromTicks(1));
        Assert.Equal([2], _desk.After(TwoLeft, new()));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(_desk.After(TwoLeft, new()));
        Assert.Equal(
            [
                "An operator orders to form the group without db-3: what only they hold will be lost. Good for 10 minutes",
                "The order to form the group without db-3 is over: it was not carried out in time",
            ],
            _log.All);
    }

    [Theory]
    [InlineData("db-4", "'db-4' is no member of the group; these are: db-1, db-2, db-3")]
    [InlineData("db-3,db-1", "db-1 is the member that is kept here; give the order on the hosts that are left")]
    [InlineData(" , ", "an order to form the group names nobody; it must name members of the group, e.g. db-3")]
    [InlineData("db-2, db-3", "db-2 answers, and nothing is formed without a member that does")]
    public void Order_ThatMustNotBeObeyed_IsRefused(string names, string why)
    {
        FormOrder.Leave(_folder, names);

        Assert.Empty(_desk.After(TwoLeft, new()));
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Equal([$"The order to form the group without members is refused: {why}"], _log.All);
    }

    [Fact]
    public void Order_WhileThereIsAGroup_IsRefused()
    {
        FormOrder.Leave(_folder, "db-3");

        Assert.Empty(_desk.After([Look.Offline(), Look.In(1, null, "ONLINE", null), Look.Silent], new()));
        Assert.Equal(["The order to form the group without members is refused: there is a group: db-2"], _log.All);
    }

    [Fact]
    public void Order_WhoseMemberAnswersAfterAll_IsOver()
    {
        FormOrder.Leave(_folder, "db-3");

        Assert.Equal([2], _desk.After(TwoLeft, new()));
        Assert.Empty(_desk.After([Look.Offline(), Look.Offline(), Look.Offline()], new()));
        Assert.Equal("The order to form the group without db-3 is over: db-3 answers, and nothing is formed without a member that does", _log.All[^1]);
    }

    [Fact]
    public void Mark_IsThereUntilItIsCleared()
    {
        JoiningMark mark = new(_folder);

        Assert.False(mark.IsSet);
        mark.Set();
        Assert.True(new JoiningMark(_folder).IsSet);
        mark.Clear();
        Assert.False(mark.IsSet);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
