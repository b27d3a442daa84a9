using System.Text.RegularExpressions;
using FooBar.Web.Posts;

namespace FooBar.Web.Seeding;

/// <summary>A notice of the example data. <paramref name="Age"/> is how long before the end of the period it was written.</summary>
internal sealed record GeneratedPost(PostDraft Draft, TimeSpan Age);

/// <summary>
/// Writes notices that could have been pinned up by people: always the same ones for the same seed, so that tests, screenshots and
/// benchmarks of different days show the same board.
/// </summary>
internal static partial class PostGenerator
{
    /// <summary>The seed behind the example data of the site.</summary>
    public const ulong Seed = 20_260_301;

    /// <summary>The notices are spread over this much time.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(150);

    /// <summary>Oldest first. The first n of a longer run are not those of a run of n: the period is always filled.</summary>
    public static IReadOnlyList<GeneratedPost> Generate(int count, ulong seed = Seed)
    {
        SeedRandom random = new(seed);
        HashSet<string> titles = new(StringComparer.Ordinal);
        List<PostDraft> drafts = [];
        while (drafts.Count < count)
        {
            PostDraft draft = Write(random);

            // A board where the same line comes up twice looks made up. With hundreds of notices it is still one in a few.
            if (titles.Add(draft.Title) || titles.Count > 5_000)
                drafts.Add(draft);
        }

        return [.. drafts.Zip(Ages(random, count), (draft, age) => new GeneratedPost(draft, age))];
    }

    private static PostDraft Write(SeedRandom random)
    {
        NoticeKind kind = random.Pick(NoticeKinds.All);
        Words words = new(random);
        string title = WithArticles(words.Fill(random.Pick(kind.Titles)));

        // Most notices are short and a few go on and on, as on any board.
        double length = random.NextFraction();
        int details = length < 0.30 ? 0 : length < 0.65 ? 1 : length < 0.90 ? 2 : 4;
        int asides = length < 0.90 ? 0 : length < 0.97 ? 1 : 4;

        List<string> paragraphs = [random.Pick(kind.Openings)];
        paragraphs.AddRange(random.PickSome(kind.Details, details));
        paragraphs.AddRange(random.PickSome(NoticeKinds.Asides, asides));
        paragraphs.Add(random.Pick(kind.Closings));
        string body = string.Join(details == 0 ? " " : "\n\n", paragraphs.Select(words.Fill));
        return new PostDraft(Capitalised(title), Author(random, words), WithArticles(body));
    }

    private static string Author(SeedRandom random, Words words) => random.Next(10) switch
    {
        < 6 => $"{random.Pick(Vocabulary.Nicknames)} {2 + random.Next(97)}",
        < 8 => random.Pick(Vocabulary.Nicknames),
        8 => string.Join(" and ", random.PickSome(Vocabulary.Nicknames, 2)),
        _ => words.Fill(random.Pick(Vocabulary.Signatures)),
    };

    /// <summary>Falling ages, one slice of the period each, so that the board neither starts nor ends with a crowd.</summary>
    private static IEnumerable<TimeSpan> Ages(SeedRandom random, int count)
    {
        TimeSpan slice = Period / Math.Max(count, 1);
        for (int i = 0; i < count; i++)
            yield return Period - (slice * (i + random.NextFraction()));
    }

    private static string Capitalised(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>The templates write "a" before every slot; here it becomes "an" where a vowel is heard behind it.</summary>
    private static string WithArticles(string text) => LoneArticle.Replace(text, "$1n ");

    [GeneratedRegex("\\b([Aa]) (?=[aei]|o(?!ne))")]
    private static partial Regex LoneArticle { get; }

    [GeneratedRegex("\\{([A-Za-z]+)([0-9]?)\\}")]
    private static partial Regex Slot { get; }

    /// <summary>The words chosen for one notice.</summary>
    private sealed class Words(SeedRandom random)
    {
        private readonly Dictionary<string, string> _chosen = new(StringComparer.Ordinal);

        public string Fill(string template) => Slot.Replace(template, match =>
        {
            string slot = match.Groups[1].Value;
            string list = char.ToLowerInvariant(slot[0]) + slot[1..];
            string word = Choose(list, list + match.Groups[2].Value);
            return char.IsUpper(slot[0]) ? Capitalised(word) : word;
        });

        private string Choose(string list, string name)
        {
            if (_chosen.TryGetValue(name, out string? chosen))
                return chosen;

            // A second word of a list is never the first one again: "from the mill to the mill".
            IReadOnlyList<string> entries = Vocabulary.Words[list];
            string[] free = [.. entries.Except(_chosen.Where(pair => pair.Key.TrimEnd('2', '3') == list).Select(pair => pair.Value))];
            string word = Fill(random.Pick(free));
            _chosen[name] = word;
            return word;
        }
    }
}
