using System.Runtime.Versioning;
using FooBar.Data.Faults.Tests.Fixtures;
using FooBar.Testing;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

[assembly: SupportedOSPlatform("linux")]

// Two processors and six servers: one cluster at a time, so that what takes long is the fault and not the neighbour.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace FooBar.Data.Faults.Tests;

/// <summary>Runs the tests in namespaces of their own; or, when called as <c>victim</c>, is a test program that a test kills.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        OwnNamespaces.Enter(arguments);
        return arguments switch
        {
            [VictimProgram.Argument] => await VictimProgram.MainAsync(),
            _ when arguments.Any(argument => argument is "--server" or "--internal-msbuild-node") => await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
            _ => await ConsoleRunner.Run(arguments),
        };
    }
}
