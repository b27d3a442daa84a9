using System.Globalization;
using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>
/// Which scenarios a run plays. A thorough run plays all of them, in both ways to replicate: what is promised over twenty times as often as that over the
/// layer's own driver, and once over another or the generic fallbacks. A change's run plays two kills of a group's primary, the switchovers, and a third of the others, each in one of the ways; which ones is the seed's choice, that the run prints.
/// FOOBAR_TEST_ONLY, parts of names with | between them, chooses otherwise.
/// </summary>
internal static class Rotation
{
    private static readonly string[] Only = Environment.GetEnvironmentVariable("FOOBAR_TEST_ONLY")?.Split('|', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The names of what is to be played, in the catalogue's order.</summary>
    /// <param name="all">The catalogue.</param>
    /// <param name="inGroup">In a group; else with classic replication.</param>
    public static IEnumerable<string> Choose(IReadOnlyList<Scenario> all, bool inGroup)
    {
        IEnumerable<Scenario> possible = all.Where(scenario => inGroup ? scenario.InGroup : scenario.InClassic);
        if (Only.Length > 0)
            return possible.Select(scenario => $"{scenario}").Where(name => Only.Any(part => name.Contains(part, StringComparison.Ordinal)));
        if (Catalogue.IsThorough)
            return possible.SelectMany(scenario => Enumerable.Range(1, TestDriver.KnowsNothing ? 1 : scenario.ThoroughTimes).Select(time => Name(scenario, time)));
        HashSet<(Scenario, bool)> chosen =
        [
            .. Catalogue.Choose([.. all.Where(scenario => scenario.IsKill)], plain: 2).Select(scenario => (scenario, true)),
            .. all.Where(scenario => scenario.IsAlwaysPlayed).Select(scenario => (scenario, true)),
            .. AThird(all),
        ];
        return possible.Where(scenario => chosen.Contains((scenario, inGroup))).Select(scenario => $"{scenario}");
    }

    /// <summary>Whether a name of <see cref="Choose"/> is that of a scenario.</summary>
    public static bool IsNameOf(string name, Scenario scenario) =>
        name == $"{scenario}" || Enumerable.Range(1, scenario.ThoroughTimes).Any(time => name == Name(scenario, time));

    /// <summary>
    /// Each scenario is a candidate in one way, in the other one after three seeds; kills and switchovers, which a group has anyway, with classic replication.
    /// Neighbours in the catalogue are much alike, so that the thirds take every third of them.
    /// </summary>
    private static IReadOnlyList<(Scenario, bool)> AThird(IReadOnlyList<Scenario> all)
    {
        (Scenario, bool)[] candidates = [.. all.Select((scenario, i) => (scenario, IsInGroup(scenario, i)))];
        return [.. candidates.Where((_, i) => i % 3 == Catalogue.Seed % 3)];
    }

    private static bool IsInGroup(Scenario scenario, int index) =>
        !scenario.IsKill && !scenario.IsAlwaysPlayed && scenario.InGroup && (!scenario.InClassic || ((index / 3) + (Catalogue.Seed / 3)) % 2 == 0);

    private static string Name(Scenario scenario, int time) =>
        time == 1 ? $"{scenario}" : string.Create(CultureInfo.InvariantCulture, $"{scenario}, time {time}");
}
