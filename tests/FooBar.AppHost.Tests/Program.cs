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
    public static async Task<int> Main(string[] arguments)
    {
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
