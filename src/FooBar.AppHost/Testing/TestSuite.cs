namespace FooBar.AppHost.Testing;

/// <summary>One run of a test project, under the name by which it is asked for. Cheap ones first: what is wrong shows early.</summary>
/// <param name="Name">The suite; several runs may share one.</param>
/// <param name="Project">The project below tests/.</param>
/// <param name="Driver">What the tests of the data layer are to use, as FOOBAR_TEST_DRIVER; null for its own driver. Such a run takes place with --thorough only.</param>
internal sealed record TestSuite(string Name, string Project, string? Driver = null)
{
    /// <summary>Needs root and takes longest of all: it runs when it is asked for by name.</summary>
    public static TestSuite Lab { get; } = new("lab", "FooBar.Lab.Tests");

    /// <summary>What runs when nothing is asked for: all that an ordinary user can run.</summary>
    public static IReadOnlyList<TestSuite> Standard { get; } =
    [
        new("apphost", "FooBar.AppHost.Tests"),
        new("monitoring", "FooBar.ServiceDefaults.Tests"),
        new("deploy", "FooBar.Deploy.Tests"),
        new("driver", "FooBar.MySql.Tests"),
        new("gateway", "FooBar.LoadBalancer.Tests"),
        new("data", "FooBar.Data.Tests"),
        new("data", "FooBar.Data.Faults.Tests"),
        new("data", "FooBar.Data.Tests", "generic"),
        new("data", "FooBar.Data.Faults.Tests", "generic"),
        new("keeper", "FooBar.GroupKeeper.Tests"),
        new("site", "FooBar.Web.Tests"),
        new("load", "FooBar.Load.Tests"),
        new("bad-input", "FooBar.BadInput.Tests"),
        new("integration", "FooBar.Integration.Tests"),
        new("faults", "FooBar.Faults.Tests"),
        new("browser", "FooBar.Browser.Tests"),
    ];

    /// <summary>Every suite that there is.</summary>
    public static IReadOnlyList<TestSuite> All { get; } = [.. Standard, Lab];

    public bool NeedsChromium => Name == "browser";

    public bool NeedsDeployTools => Name == "deploy";

    public bool NeedsProxies => Name == "apphost";

    /// <summary>With --thorough only: the plain run has slow clients of its own.</summary>
    public bool NeedsSlowHttpTest => Name == "gateway";

    public bool NeedsTlsTools => Name == "gateway";

    public bool NeedsNetworkTools => Project == "FooBar.Data.Faults.Tests";
}
