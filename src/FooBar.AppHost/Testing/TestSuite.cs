namespace FooBar.AppHost.Testing;

/// <summary>One test project, under the name by which it is asked for. Cheap ones first: what is wrong shows early.</summary>
/// <param name="Name">The suite; several projects may share one.</param>
/// <param name="Project">The project below tests/.</param>
internal sealed record TestSuite(string Name, string Project)
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
}
