namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// Keeps the thread pool from growing while it lives. On a busy machine the pool tries out ever more threads, and ArrayPool keeps a buffer of
/// each size for every one of them: a megabyte a thread, which says nothing about the driver.
/// </summary>
internal sealed class ThreadLimit : IDisposable
{
    private readonly int _workers;
    private readonly int _completions;

    public ThreadLimit(int workers)
    {
        ThreadPool.GetMaxThreads(out _workers, out _completions);
        Assert.True(ThreadPool.SetMaxThreads(workers, _completions));
    }

    public void Dispose() => ThreadPool.SetMaxThreads(_workers, _completions);
}
