using System.Globalization;

namespace FooBar.Benchmarks.Driver;

/// <summary>A row, as a program reads it.</summary>
internal sealed record Notice
{
    public long Id { get; set; }

    public string Title { get; set; } = string.Empty;

    public string Author { get; set; } = string.Empty;

    public DateTime Created { get; set; }

    public int Views { get; set; }

    /// <summary>What the row with this id holds.</summary>
    public static Notice Numbered(long id) => new()
    {
        Id = id,
        Title = string.Create(CultureInfo.InvariantCulture, $"Notice {id} about the bicycles in house {id % 97}"),
        Author = string.Create(CultureInfo.InvariantCulture, $"resident-{id % 50}"),
        Created = new DateTime(2026, 1, 1).AddSeconds(id * 7919),
        Views = (int)(id * 31 % 10_000),
    };

    /// <summary>The bytes that the object and its two strings take.</summary>
    public long Size()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Notice copy = new() { Id = Id, Title = new string(Title.AsSpan()), Author = new string(Author.AsSpan()), Created = Created, Views = Views };
        long size = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(copy);
        return size;
    }
}
