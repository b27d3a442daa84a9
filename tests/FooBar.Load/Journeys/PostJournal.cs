using System.Collections.Concurrent;
using System.Globalization;

namespace FooBar.Load.Journeys;

/// <summary>One post that was sent. Thread-safe; read it when the load has ended.</summary>
public sealed class PostJournalEntry
{
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _locations = new(StringComparer.Ordinal);
    private int _sent;
    private int _unanswered;

    internal PostJournalEntry(string title, string operation) => (Title, Operation) = (title, operation);

    /// <summary>Its title, which no other post has.</summary>
    public string Title { get; }

    /// <summary>The form's operation id, as the form writes it.</summary>
    public string Operation { get; }

    /// <summary>How often the form was sent.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>How often it was sent without an answer of the site's that says what became of it: the connection broke, or the answer was an error of the server's.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Where the answers that acknowledged it led: nowhere, to one post, or, which must not be, to several.</summary>
    public IReadOnlyList<string> Locations
    {
        get
        {
            lock (_lock)
            {
                return [.. _locations];
            }
        }
    }

    /// <summary>Whether the site said that it is on the board.</summary>
    public bool IsAcknowledged => Locations.Count > 0;

    /// <summary>The post's number; null when it was not acknowledged.</summary>
    public long? Id => Locations is [string location, ..] ? PostJournal.IdOf(location) : null;

    internal void Send() => Interlocked.Increment(ref _sent);

    internal void LeaveUnanswered() => Interlocked.Increment(ref _unanswered);

    internal void Acknowledge(string location)
    {
        lock (_lock)
        {
            _locations.Add(location);
        }
    }
}

/// <summary>
/// Every post that was sent under one name, to be held against the database: what was acknowledged must be there once, what was not may be
/// there or not, but not twice. Thread-safe.
/// </summary>
/// <param name="name">Begins every title, at most 80 characters.</param>
public sealed class PostJournal(string name)
{
    private readonly ConcurrentQueue<PostJournalEntry> _entries = new();
    private long _titles;

    /// <summary>Begins the title of every post of this journal and of no other: <c>WHERE title LIKE CONCAT(@prefix, '%')</c>.</summary>
    public string TitlePrefix { get; } = $"{name} {Guid.NewGuid().ToString("N")[..8]} ";

    /// <summary>All that were sent at least once.</summary>
    public IReadOnlyList<PostJournalEntry> Entries => [.. _entries];

    /// <summary>Those that the site said are on the board.</summary>
    public IReadOnlyList<PostJournalEntry> Acknowledged => [.. _entries.Where(entry => entry.IsAcknowledged)];

    /// <summary>
    /// Holds the journal against the rows of the database whose title begins with <see cref="TitlePrefix"/>. Returns a line for each thing
    /// that is wrong: acknowledged and missing, there twice, there under another number, there though never sent.
    /// </summary>
    public IReadOnlyList<string> DifferencesTo(IEnumerable<(long Id, string Title)> rows)
    {
        ILookup<string, long> ids = rows.ToLookup(row => row.Title, row => row.Id, StringComparer.Ordinal);
        Dictionary<string, PostJournalEntry> sent = _entries.ToDictionary(entry => entry.Title, StringComparer.Ordinal);
        List<string> wrong = [];
        foreach (PostJournalEntry entry in sent.Values)
        {
            long[] found = [.. ids[entry.Title]];
            if (entry.Locations.Count > 1)
            {
                wrong.Add($"'{entry.Title}' (operation {entry.Operation}) was acknowledged as {string.Join(" and ", entry.Locations)}");
            }

            if (found.Length > 1)
            {
                wrong.Add($"'{entry.Title}' (operation {entry.Operation}) is there {found.Length} times: {string.Join(", ", found)}");
            }

            if (entry.Id is { } id && !found.Contains(id))
            {
                wrong.Add($"'{entry.Title}' (operation {entry.Operation}) was acknowledged as {id} and is {(found is [] ? "not there" : $"there as {found[0]}")}");
            }
        }

        wrong.AddRange(ids.Where(row => !sent.ContainsKey(row.Key)).Select(row => $"'{row.Key}' is there and was never sent"));
        return wrong;
    }

    internal string NextTitle() => TitlePrefix + Interlocked.Increment(ref _titles).ToString(CultureInfo.InvariantCulture);

    internal PostJournalEntry Add(string title, string operation)
    {
        PostJournalEntry entry = new(title, operation);
        _entries.Enqueue(entry);
        return entry;
    }

    /// <summary>The number in the address of a post; null for another address.</summary>
    internal static long? IdOf(string? location) =>
        location is not null && location.StartsWith("/posts/", StringComparison.Ordinal)
        && long.TryParse(location.AsSpan("/posts/".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
}
