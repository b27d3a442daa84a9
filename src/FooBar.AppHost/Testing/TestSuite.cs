namespace FooBar.AppHost.Testing;

/// <summary>One test project, under the name by which it is asked for. Cheap ones first: what is wrong shows early.</summary>
/// <param name="Name">The suite; several projects may share one.</param>
/// <param name="Project">The project below tests/.</param>
internal sealed record TestSuite(string Name, string Project)
{
    public static IReadOnlyList<TestSuite> All { get; } =
    [
        new("apphost", "FooBar.AppHost.Tests"),
        new("monitoring", "FooBar.ServiceDefaults.Tests"),
        new("driver", "FooBar.MySql.Tests"),
        new("gateway", "FooBar.LoadBalancer.Tests"),
        new("data", "FooBar.Data.Tests"),
        new("site", "FooBar.Web.Tests"),
        new("load", "FooBar.Load.Tests"),
        new("bad-input", "FooBar.BadInput.Tests"),
        new("integration", "FooBar.Integration.Tests"),
        new("faults", "FooBar.Faults.Tests"),
        new("browser", "FooBar.Browser.Tests"),
    ];

    public bool NeedsChromium => Name == "browser";
}
