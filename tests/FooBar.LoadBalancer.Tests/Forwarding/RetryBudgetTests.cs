using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Forwarding;

public sealed class RetryBudgetTests
{
    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(0.2, 3, 0, 30)]
    [InlineData(0.2, 3, 100, 30)]
    [InlineData(0.2, 3, 1000, 200)]
    [InlineData(0.2, 0, 4, 1)]
    [InlineData(0.2, 0, 6, 2)]
    [InlineData(1.0, 0, 7, 7)]
    [InlineData(0.0, 1, 1000, 10)]
    [InlineData(0.0, 0, 1000, 0)]
    public void Retries_AreAShareOfTheRequestsOrTheMinimum(double share, int minimum, int requests, int expected) =>
        Assert.Equal(expected, Taken(Budget(share, minimum, requests)));

    [Fact]
    public void Window_SlidesSecondBySecond()
    {
        RetryBudget budget = Budget(0.5, 0, 10);
        Assert.Equal(5, Taken(budget));

        // Nine seconds later the first second still counts; ten more requests allow five more retries.
        _time.Advance(TimeSpan.FromSeconds(9));
        Count(budget, 10);
        Assert.Equal(5, Taken(budget));

        // Then it leaves with its ten requests and its five retries, and nothing is gained.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Taken(budget));
        Count(budget, 2);
        Assert.Equal(1, Taken(budget));
    }

    [Fact]
    public void LongSilence_EmptiesTheWindow()
    {
        RetryBudget budget = Budget(0.5, 1, 100);
        Assert.Equal(50, Taken(budget));

        _time.Advance(TimeSpan.FromDays(400));

        Assert.Equal(10, Taken(budget));
    }

    private static void Count(RetryBudget budget, int requests)
    {
        for (int i = 0; i < requests; i++)
            budget.CountRequest();
    }

    private static int Taken(RetryBudget budget)
    {
        int taken = 0;
        while (taken < 10_000 && budget.TryTake())
            taken++;
        return taken;
    }

    private RetryBudget Budget(double share, int minimum, int requests)
    {
        RetryBudget budget = new(new CurrentSettings(new GatewayOptions { Retries = new RetryOptions { Budget = share, Minimum = minimum } }), _time);
        Count(budget, requests);
        return budget;
    }
}
