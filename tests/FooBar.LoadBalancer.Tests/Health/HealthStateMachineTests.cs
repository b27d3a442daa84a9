using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Tests.Health;

public sealed class HealthStateMachineTests
{
    /// <summary>Checks (+ passed, - failed) from a new backend on, and its state after each: U up, D down.</summary>
    [Theory]
    [InlineData(2, 2, "+", "U")]
    [InlineData(2, 2, "-", "D")]
    [InlineData(2, 2, "+--", "UUD")]
    [InlineData(2, 2, "+-+-+", "UUUUU")]
    [InlineData(2, 2, "-++", "DDU")]
    [InlineData(2, 2, "-+-+-", "DDDDD")]
    [InlineData(2, 2, "+--++--", "UUDDUUD")]
    [InlineData(2, 2, "+-----++", "UUDDDDDU")]
    [InlineData(1, 1, "+-+-", "UDUD")]
    [InlineData(3, 1, "+--+---+", "UUUUUUDU")]
    [InlineData(1, 3, "+-++-+++", "UDDDDDDU")]
    public void Checks_OneAfterTheOther_MoveTheState(int failuresToDown, int successesToUp, string checks, string expected)
    {
        HealthState state = default;
        string states = "";
        foreach (char check in checks)
        {
            state = HealthStateMachine.Next(state, check == '+', failuresToDown, successesToUp);
            states += state.Status.ToString()[0];
        }

        Assert.Equal(expected, states);
    }

    [Fact]
    public void NewBackend_IsUnknown() => Assert.Equal(BackendStatus.Unknown, BackendHealth.Unknown.State.Status);
}
