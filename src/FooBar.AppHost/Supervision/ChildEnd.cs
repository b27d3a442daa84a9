using System.Globalization;

namespace FooBar.AppHost.Supervision;

/// <summary>How a process ended, in words for people.</summary>
internal static class ChildEnd
{
    private const int Signalled = 128;

    /// <summary>The end of a sentence that begins with the process's name.</summary>
    /// <param name="exitCode">Its exit code; 128 + N when signal N ended it.</param>
    public static string Describe(int exitCode) => exitCode switch
    {
        0 => "ended",
        Signalled + 9 => "was killed (signal 9)",
        > Signalled and < Signalled + 65 => string.Create(CultureInfo.InvariantCulture, $"was ended by signal {exitCode - Signalled}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {exitCode}"),
    };
}
