namespace FooBar.Data.Tests.History;

public sealed class CausalSessionTests
{
    private const string Source = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    [Fact]
    public void Appended_NobodyCameBetween_TakesTheTokenAsItIs()
    {
        CausalSession session = new(1);
        session.Appended(7, session.Take(), after: $"{Source}:5");

        Assert.Equal(($"{Source}:5", 7), (session.Take().Token, session.LastAppended));
    }

    [Fact]
    public void Appended_AnotherAppendCameBetween_HoldsBoth()
    {
        CausalSession session = new(1);
        CausalSession.Taken before = session.Take();
        session.Appended(7, before, after: $"{Source}:5");
        session.Appended(8, before, after: $"{Source}:9");

        Assert.Equal(($"{Source}:5:9", 8), (session.Take().Token, session.LastAppended));
    }

    [Fact]
    public void Appended_KnownEverywhere_KeepsWhatAnotherAppendBrought()
    {
        CausalSession session = new(1);
        CausalSession.Taken before = session.Take();
        session.Appended(7, before, after: $"{Source}:5");
        session.Appended(8, before, after: "");

        Assert.Equal($"{Source}:5", session.Take().Token);
    }

    [Fact]
    public void HasRead_KnownEverywhere_EmptiesTheTokenUnlessAnAppendWasQuicker()
    {
        CausalSession session = new(1);
        CausalSession.Taken before = session.Take();
        session.Appended(7, before, after: $"{Source}:5");
        session.HasRead(before, after: "");
        Assert.Equal($"{Source}:5", session.Take().Token);

        session.HasRead(session.Take(), after: "");
        Assert.Equal("", session.Take().Token);
    }

    /// <summary>Two tokens that were lost have the same text, and what a read has learned of the first is not enough for the second.</summary>
    [Fact]
    public void HasRead_AnAppendWithTheSameTextWasQuicker_DoesNotReplaceIt()
    {
        CausalSession session = new(1);
        session.Appended(7, session.Take(), after: "primary");
        CausalSession.Taken before = session.Take();
        session.Appended(8, before, after: "primary");

        session.HasRead(before, after: $"{Source}:5");

        Assert.Equal("primary", session.Take().Token);
    }
}
