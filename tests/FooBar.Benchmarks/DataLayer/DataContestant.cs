namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// A way from a program to the rows. All use FooBar.MySql and the same statements; what differs is what stands between the two.
/// </summary>
/// <param name="Name">As it is reported.</param>
internal sealed record DataContestant(string Name)
{
    /// <summary>A session of FooBar.Data, which chooses the node.</summary>
    public static DataContestant Ours { get; } = new("FooBar.Data");

    /// <summary>The driver's data source of the one server that is the right one; nothing in between.</summary>
    public static DataContestant Bare { get; } = new("bare");

    /// <summary>The same once more, in a process of its own: what it differs from <see cref="Bare"/> by is the measurement's noise.</summary>
    public static DataContestant BareAgain { get; } = new("bare-again");

    /// <summary>The driver through MySQL Router, as a program goes that leaves it to a proxy to find the server.</summary>
    public static DataContestant Router { get; } = new("mysqlrouter");

    /// <summary>All of them, ours first.</summary>
    public static IReadOnlyList<DataContestant> All { get; } = [Ours, Bare, BareAgain, Router];

    public static DataContestant Named(string name) => All.Single(contestant => contestant.Name == name);
}
