using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Forwarding;

public sealed class ForwardTryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly Backend _backend = Fakes.Backends(1)[0];

    [Fact]
    public async Task Try_WhoseAnswerHasBegun_IsNotGivenUp()
    {
        TaskCompletionSource asked = new();
        await using ForwardTry current = new(_backend, Limit, _ => asked.TrySetResult(), _time);

        Assert.True(current.TryBegin());
        _time.Advance(Limit);
        _backend.LetGo();
        await using ForwardTry later = new(_backend, null, null, _time);

        Assert.True(current.TryBegin());
        Assert.Equal((true, false, false), (current.HasBegun, current.IsGivenUp, current.Stopped.IsCancellationRequested));
        Assert.False(later.IsGivenUp);
    }

    [Fact]
    public async Task Try_AtItsLimit_IsGivenUpAndCannotBegin()
    {
        await using ForwardTry current = new(_backend, Limit, null, _time);

        _time.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.False(current.IsGivenUp);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal((false, true, true), (current.TryBegin(), current.IsGivenUp, current.Stopped.IsCancellationRequested));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Try_OnABackendThatIsGone_IsGivenUpIfItMayLeave(bool mayLeave)
    {
        TaskCompletionSource<Backend> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ForwardTry current = new(_backend, null, Ask, _time);

        _backend.LetGo();
        Assert.Same(_backend, await asked.Task.WaitAsync(Eventually.Limit));

        // Disposal waits for the decision.
        await current.DisposeAsync();
        Assert.Equal((mayLeave, !mayLeave), (current.IsGivenUp, current.TryBegin()));

        bool Ask(Backend backend)
        {
            asked.SetResult(backend);
            return mayLeave;
        }
    }

    [Fact]
    public async Task Try_ThatBeginsAfterTheBackendWasGone_WaitsForTheNextTime()
    {
        _backend.LetGo();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ForwardTry current = new(_backend, null, _ => asked.TrySetResult(), _time);
        Assert.False(current.IsGivenUp);

        _backend.LetGo();
        await asked.Task.WaitAsync(Eventually.Limit);
    }
}
