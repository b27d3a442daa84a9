using FooBar.Testing;

namespace FooBar.Data.Tests;

public sealed class ErrantTransactionsTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
    private const string B = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";
    private readonly FakeTime _time = new();

    [Fact]
    public void After_SameOnesMissingForLong_AreProven_AndForgottenWhenThePrimaryHasThem()
    {
        ErrantTransactions errant = Look(default, $"{A}:1-9,{B}:1", $"{A}:1-9");
        Assert.False(errant.IsProven);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False((errant = Look(errant, $"{A}:1-20,{B}:1", $"{A}:1-20")).IsProven);
        _time.Advance(TimeSpan.FromSeconds(1));

        errant = Look(errant, $"{A}:1-30,{B}:1", $"{A}:1-30");

        Assert.Equal((true, $"{B}:1"), (errant.IsProven, errant.Missing?.ToString()));
        Assert.Equal(default, Look(errant, $"{A}:1-30,{B}:1", $"{A}:1-30,{B}:1"));
    }

    [Fact]
    public void After_OthersMissingEachTime_AreNotProven()
    {
        // As with a semi-synchronous primary, which counts a transaction as executed when a replica has it.
        ErrantTransactions errant = default;
        for (int i = 1; i < 20; i++)
        {
            errant = Look(errant, $"{A}:1-{10 * i}", $"{A}:1-{(10 * i) - 1}");
            Assert.False(errant.IsProven);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private ErrantTransactions Look(ErrantTransactions before, string replica, string primary) =>
        before.After(Data.GtidSet.Parse(replica), Data.GtidSet.Parse(primary), _time.GetTimestamp(), _time);
}
