using FooBar.Data.Tests.Fakes;
using FooBar.Testing;

namespace FooBar.Data.Tests.Driver;

public sealed class DriverDeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_ADriverThatMayBlock_EndsOnAThreadOfItsOwn()
    {
        using CancellationTokenSource deadline = DriverDeadline.After(Second, new GenericDriverAdapter(), _time);
        TaskCompletionSource<bool> pooled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration told = deadline.Token.Register(() => pooled.SetResult(Thread.CurrentThread.IsThreadPoolThread));

        _time.Advance(Second / 2);
        Assert.False(deadline.IsCancellationRequested);
        _time.Advance(Second / 2);

        Assert.False(await pooled.Task.WaitAsync(Ct));
        Assert.True(deadline.IsCancellationRequested);
    }

    [Fact]
    public void After_OneThatHeedsItsToken_EndsWithTheTimer()
    {
        using CancellationTokenSource deadline = DriverDeadline.After(Second, new FakeDriver(), _time);

        _time.Advance(Second);

        Assert.True(deadline.IsCancellationRequested);
    }

    [Fact]
    public void Dispose_InTime_NeverEndsIt()
    {
        CancellationTokenSource deadline = DriverDeadline.After(Second, new GenericDriverAdapter(), _time);
        CancellationToken token = deadline.Token;
        deadline.Dispose();

        _time.Advance(Second);

        Assert.False(token.IsCancellationRequested);
    }

    [Fact]
    public async Task EndAside_DisposedOf_IsNobodysFault()
    {
        CancellationTokenSource deadline = new();
        deadline.Dispose();

        await DriverDeadline.EndAside(deadline).WaitAsync(Ct);
    }

    [Fact]
    public async Task EndAside_DriversCancellationFails_IsNobodysFault()
    {
        using CancellationTokenSource deadline = new();
        using CancellationTokenRegistration failing = deadline.Token.Register(() => throw new InvalidOperationException("no way to the server"));

        await DriverDeadline.EndAside(deadline).WaitAsync(Ct);

        Assert.True(deadline.IsCancellationRequested);
    }
}
