using System.Runtime.Versioning;
using FooBar.Load.Tests.Proof;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

[assembly: SupportedOSPlatform("linux")]

// One test generates load at a rate that it checks: it must not share the machine with the others.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace FooBar.Load.Tests;

/// <summary>Runs the tests; or, when called as <c>counting-server</c>, is the server that the proof of the generator sends to.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) => arguments switch
    {
        [CountingServer.Argument] => await CountingServer.MainAsync(),
        _ when arguments.Any(argument => argument is "--server" or "--internal-msbuild-node") => await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => await ConsoleRunner.Run(arguments),
    };
}
