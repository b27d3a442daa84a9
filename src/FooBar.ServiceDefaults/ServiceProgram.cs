using System.Text;
using Microsoft.AspNetCore.Builder;

namespace FooBar.ServiceDefaults;

/// <summary>
/// The outermost frame of every process: what a person configured wrongly is said in a line per mistake on standard error, and the exit code
/// is 1. A stack trace is for our own mistakes; those still end the process as the runtime does it.
/// </summary>
public static class ServiceProgram
{
    /// <summary>The argument with which a service only says whether it could start.</summary>
    public const string CheckOnly = "--check";

    /// <summary>Builds the service and serves until it is told to stop.</summary>
    /// <param name="args">The command line. With <c>--check</c> nothing listens: it only says whether the configuration is valid.</param>
    /// <param name="build">Puts the service together with <see cref="ServiceDefaultsExtensions.UseServiceDefaults"/>, without starting it; gets the command line without <c>--check</c>.</param>
    /// <param name="doubts">What <c>--check</c> has to say of a configuration that is valid, on standard error; nothing, where null.</param>
    /// <returns>The exit code: 0 after an orderly end or a passed check, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(
        string[] args, Func<string[], WebApplication> build, Func<WebApplication, IEnumerable<string>>? doubts = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(build);
        WriteLinesWhole();
        try
        {
            await using WebApplication app = build([.. args.Where(arg => arg != CheckOnly)]);
            if (args.Contains(CheckOnly))
            {
                foreach (string doubt in doubts?.Invoke(app) ?? [])
                {
                    await Console.Error.WriteLineAsync(doubt).ConfigureAwait(false);
                }

                await Console.Out.WriteLineAsync("The configuration is valid.").ConfigureAwait(false);
            }
            else
            {
                await app.RunAsync().ConfigureAwait(false);
            }

            return 0;
        }
        catch (Exception exception) when (StartMistakes.Of(exception) is { Count: > 0 } mistakes)
        {
            foreach (string mistake in mistakes)
            {
                await Console.Error.WriteLineAsync(mistake).ConfigureAwait(false);
            }

            return 1;
        }
    }

    /// <summary>The console's own writer asks the kernel once for every 256 characters, which is twice or more for a line of a log.</summary>
    private static void WriteLinesWhole()
    {
        const int bufferSize = 64 * 1024;
#pragma warning disable CA2000 // It lives as long as the process, and what is written to it is never kept back.
        StreamWriter writer = new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize) { AutoFlush = true };
#pragma warning restore CA2000
        Console.SetOut(writer);
    }
}
