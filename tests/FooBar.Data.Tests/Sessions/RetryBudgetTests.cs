namespace FooBar.Data.Tests;

public sealed class RetryBudgetTests
{
    [Fact]
    public void TryPay_BeyondWhatAQuietTimeLeft_TakesTenReadsEach()
    {
        RetryBudget budget = new(most: 2);
        budget.Earn();
        Assert.Equal((true, true, false), (budget.TryPay(), budget.TryPay(), budget.TryPay()));

        for (int i = 0; i < 9; i++)
            budget.Earn();
        Assert.False(budget.TryPay());
        budget.Earn();
        Assert.True(budget.TryPay());
        Assert.False(budget.TryPay());
    }
}
