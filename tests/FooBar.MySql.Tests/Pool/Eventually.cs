namespace FooBar.MySql.Tests.Pool;

/// <summary>For what happens in the background: looks until it has.</summary>
internal static class Eventually
{
    public static async Task True(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
