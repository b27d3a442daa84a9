namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>Waits for what another thread or process is about to bring about. The wait ends with the condition, not with a guess.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Ends whatever waits with it, so that a test which would hang fails instead.</summary>
    public static CancellationToken Limit => CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken, new CancellationTokenSource(Deadline, TimeProvider.System).Token).Token;

    public static async Task TrueAsync(Func<bool> condition, Func<string> explain)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
                Assert.Fail($"Not within {Deadline.TotalSeconds} s: {explain()}");
            await Task.Delay(Step, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
