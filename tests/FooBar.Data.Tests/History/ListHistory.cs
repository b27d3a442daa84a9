namespace FooBar.Data.Tests.History;

/// <summary>What the history says of one list.</summary>
internal sealed class ListHistory(int key)
{
    public int Key => key;

    /// <summary>What was sent to it, acknowledged or not.</summary>
    public List<AppendedValue> Appended { get; } = [];

    public List<ReadCall> Reads { get; } = [];

    public IReadOnlyList<FinalRow> Final { get; set; } = [];

    /// <summary>Whether some read is not simply a part of the final list in its order.</summary>
    public bool IsOrderInDoubt { get; set; }
}
