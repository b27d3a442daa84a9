using FooBar.Load.Journeys;

namespace FooBar.Load.Tests.Journeys;

public sealed class PostJournalTests
{
    private readonly PostJournal _journal = new("Journal");

    [Fact]
    public void Titles_AreOfThisJournalAlone()
    {
        string first = _journal.NextTitle();

        Assert.Equal([_journal.TitlePrefix + "1", _journal.TitlePrefix + "2"], [first, _journal.NextTitle()]);
        Assert.NotEqual(_journal.TitlePrefix, new PostJournal("Journal").TitlePrefix);
    }

    [Fact]
    public void Journal_ThatTheDatabaseBears_HasNoDifferences()
    {
        Sent("acknowledged", "/posts/7", "/posts/7");
        Sent("unknown, and there");
        Sent("unknown, and not there");

        Assert.Empty(_journal.DifferencesTo([(7, "acknowledged"), (8, "unknown, and there")]));
        Assert.Equal((3, 1), (_journal.Entries.Count, _journal.Acknowledged.Count));
    }

    [Fact]
    public void Differences_AreALineEach()
    {
        Sent("missing", "/posts/1");
        Sent("elsewhere", "/posts/2");
        Sent("twice", "/posts/3");
        Sent("unknown, twice");
        Sent("two answers", "/posts/5", "/posts/6");

        Assert.Equal(
            [
                "'missing' (operation op of missing) was acknowledged as 1 and is not there",
                "'elsewhere' (operation op of elsewhere) was acknowledged as 2 and is there as 9",
                "'twice' (operation op of twice) is there 2 times: 3, 4",
                "'unknown, twice' (operation op of unknown, twice) is there 2 times: 10, 11",
                "'two answers' (operation op of two answers) was acknowledged as /posts/5 and /posts/6",
                "'never sent' is there and was never sent",
            ],
            _journal.DifferencesTo([(9, "elsewhere"), (3, "twice"), (4, "twice"), (10, "unknown, twice"), (11, "unknown, twice"), (5, "two answers"), (12, "never sent")]));
    }

    [Theory]
    [InlineData("/posts/12", 12L)]
    [InlineData("/posts/new", null)]
    [InlineData("/posts/", null)]
    [InlineData("/", null)]
    [InlineData("https://elsewhere/posts/12", null)]
    [InlineData(null, null)]
    public void Id_IsReadFromTheAddressOfAPost(string? location, long? expected) => Assert.Equal(expected, PostJournal.IdOf(location));

    private void Sent(string title, params string[] locations)
    {
        PostJournalEntry entry = _journal.Add(title, $"op of {title}");
        foreach (string location in locations)
        {
            entry.Acknowledge(location);
        }
    }
}
