using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>For work that blocks: the thread pool, which the asynchronous half of a test runs on, must not be filled with it.</summary>
internal static class OwnThread
{
    /// <summary>Runs work whose every wait blocks, so that it never leaves its thread.</summary>
    public static Task RunAsync(Func<Task> work) => RunAsync(async () =>
    {
        await work();
        return true;
    });

    /// <inheritdoc cref="RunAsync(Func{Task})" />
    [SuppressMessage("Usage", "xUnit1031", Justification = "What is waited for is complete, or on this thread.")]
    public static Task<T> RunAsync<T>(Func<Task<T>> work) => Task.Factory.StartNew(
        () => work().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
