using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Tests.Machine;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Take_WhileAnotherHoldsIt_SaysSoAndWaitsForIt()
    {
        string path = _folder["tools/mysql.lock"];
        TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable first = await FileLock.TakeAsync(path, () => Assert.Fail("Nobody holds it yet."), TestContext.Current.CancellationToken);
        Task<IDisposable> second = FileLock.TakeAsync(path, () => waiting.TrySetResult(), TestContext.Current.CancellationToken);
        await waiting.Task;
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task Take_WhereNoFileCanBe_FailsInsteadOfWaiting()
    {
        string path = _folder[new string('x', 300)];

        await Assert.ThrowsAsync<PathTooLongException>(() => FileLock.TakeAsync(path, () => Assert.Fail("It waits for a lock that nobody holds."), TestContext.Current.CancellationToken));
    }
}
