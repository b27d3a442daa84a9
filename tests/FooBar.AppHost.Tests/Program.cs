using System.Collections;
using System.Runtime.Versioning;
using FooBar.AppHost.Tests.Processes;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

[assembly: SupportedOSPlatform("linux")]

namespace FooBar.AppHost.Tests;

/// <summary>
/// Runs the tests; or, when called as <c>helper</c>, plays the supervisor that a test wants to see die, with the command's own code and in a
/// process of its own.
/// </summary>
internal static class Program
{
    /// <summary>What the environment says of the programs that tests need, as it was at the start: the tests of provisioning change it meanwhile.</summary>
    public static IReadOnlyDictionary<string, string> Homes { get; private set; } = new Dictionary<string, string>();

    public static async Task<int> Main(string[] arguments)
    {
        Homes = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("FOOBAR_", StringComparison.Ordinal) && ((string)variable.Key).EndsWith("_HOME", StringComparison.Ordinal))
            .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);

        // ./foobar test shares the downloads between suites; here every state folder is whole.
        Environment.SetEnvironmentVariable("FOOBAR_TOOLS", null);
        return arguments switch
        {
            [HelperProcess.Argument, .. string[] rest] => await HelperProcess.MainAsync(rest),
            _ when arguments.Any(argument => argument is "--server" or "--internal-msbuild-node") => await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
            _ => await ConsoleRunner.Run(arguments),
        };
    }
}
