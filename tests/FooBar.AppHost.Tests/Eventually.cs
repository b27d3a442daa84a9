namespace FooBar.AppHost.Tests;

/// <summary>Waits for what another process does. The deadline is there to end a hanging test, not to measure anything.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Returns when the condition holds; fails with <paramref name="otherwise"/> when it never does.</summary>
    public static async Task TrueAsync(Func<bool> condition, Func<string> otherwise)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        try
        {
            while (!condition())
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"not within {Deadline.TotalSeconds:0} s: {otherwise()}");
        }
    }

    /// <summary>Returns the file's content as soon as it contains the text.</summary>
    public static async Task<string> ContainsAsync(string file, string text)
    {
        string content = string.Empty;
        await TrueAsync(
            () => (content = File.Exists(file) ? File.ReadAllText(file) : string.Empty).Contains(text, StringComparison.Ordinal),
            () => $"'{text}' in {file}, which holds:\n{content}");
        return content;
    }
}
