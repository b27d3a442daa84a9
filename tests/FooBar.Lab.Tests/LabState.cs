using System.Runtime.Versioning;
using FooBar.AppHost;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;
using FooBar.AppHost.State;

// The tests do to hosts what happens to hosts; two of them at once would not know who did what.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: SupportedOSPlatform("linux")]

namespace FooBar.Lab.Tests;

/// <summary>Where the labs of these tests keep their files: beside the one of the commands, with its cache and its artifacts.</summary>
internal static class LabState
{
    /// <summary>The state folder of the run, or of the checkout when a test is run by hand.</summary>
    public static StateFolder Folder => new(Environment.GetEnvironmentVariable("FOOBAR_LAB_STATE") is { Length: > 0 } given ? given : Checkout.DefaultState());

    /// <summary>The folder of a lab of its own.</summary>
    /// <exception cref="FoobarException">This machine cannot run a lab; the message says why.</exception>
    public static LabFolder Lab(string name)
    {
        LabRequirements.Check();
        return new LabFolder(Folder, name);
    }
}
