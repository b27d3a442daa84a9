using FooBar.GroupKeeper.Settings;

namespace FooBar.GroupKeeper.Decisions;

/// <summary>Who belongs to the group, as configured, and which of them is kept here. The same on every host but for the latter. Immutable.</summary>
/// <param name="Names">The members' names.</param>
/// <param name="Weights">The members' weights, in the same order.</param>
/// <param name="Own">The place of the own member.</param>
internal sealed record Membership(IReadOnlyList<string> Names, IReadOnlyList<int> Weights, int Own)
{
    public int Count => Names.Count;

    public IEnumerable<int> All => Enumerable.Range(0, Count);

    public static Membership Of(KeeperSettings settings) =>
        new([.. settings.Members.Select(member => member.Name)], [.. settings.Members.Select(member => member.Weight)], settings.Own());

    public string Name(int index) => Names[index];

    /// <summary>Members in a sentence.</summary>
    public string Name(IEnumerable<int> indices) => string.Join(" and ", indices.Order().Select(index => Names[index]));
}
