using System.Globalization;

namespace FooBar.Benchmarks;

/// <summary>A row as a program reads it, of the columns of the site's front page.</summary>
internal sealed record Notice
{
    public long Id { get; set; }

    public string Title { get; set; } = string.Empty;

    public string Author { get; set; } = string.Empty;

    public string Body { get; set; } = string.Empty;

    public DateTime Created { get; set; }

    /// <summary>What the row with this id holds.</summary>
    public static Notice Numbered(long id) => new()
    {
        Id = id,
        Title = string.Create(CultureInfo.InvariantCulture, $"Notice {id} about the bicycles in house {id % 97}"),
        Author = string.Create(CultureInfo.InvariantCulture, $"resident-{id % 50}"),
        Body = string.Create(CultureInfo.InvariantCulture, $"Number {id}: who leaves a bicycle in the entrance is asked to take it to the shed, or it goes there by itself. {id * 31 % 89} did so."),
        Created = new DateTime(2026, 1, 1).AddSeconds(id * 7919),
    };

    /// <summary>The bytes that the object and its strings take.</summary>
    public long Size()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Notice copy = new() { Id = Id, Title = new string(Title.AsSpan()), Author = new string(Author.AsSpan()), Body = new string(Body.AsSpan()), Created = Created };
        long size = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(copy);
        return size;
    }
}
