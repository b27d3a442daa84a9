namespace FooBar.Data.Tests.Fakes;

/// <summary>A freshness by its name, for a test's table.</summary>
internal static class Freshnesses
{
    public static Freshness Named(string name) => name switch
    {
        nameof(Freshness.OwnWrites) => Freshness.OwnWrites,
        nameof(Freshness.Latest) => Freshness.Latest,
        nameof(Freshness.Any) => Freshness.Any,
        _ => Freshness.AtMost(TimeSpan.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
