namespace FooBar.Data.Tests.History;

public sealed class CausalSessionTests
{
    private const string Source = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    [Fact]
    public void Appended_NobodyCameBetween_TakesTheTokenAsItIs()
    {
        CausalSession session = new(1);
        session.Appended(7, before: "", after: $"{Source}:5");

        Assert.Equal(($"{Source}:5", 7), (session.Token, session.LastAppended));
    }

    [Fact]
    public void Appended_AnotherAppendCameBetween_HoldsBoth()
    {
        CausalSession session = new(1);
        session.Appended(7, before: "", after: $"{Source}:5");
        session.Appended(8, before: "", after: $"{Source}:9");

        Assert.Equal(($"{Source}:5:9", 8), (session.Token, session.LastAppended));
    }

    [Fact]
    public void Appended_KnownEverywhere_KeepsWhatAnotherAppendBrought()
    {
        CausalSession session = new(1);
        session.Appended(7, before: "", after: $"{Source}:5");
        session.Appended(8, before: "", after: "");

        Assert.Equal($"{Source}:5", session.Token);
    }

    [Fact]
    public void HasRead_KnownEverywhere_EmptiesTheTokenUnlessAnAppendWasQuicker()
    {
        CausalSession session = new(1);
        session.Appended(7, before: "", after: $"{Source}:5");
        session.HasRead(before: "", after: "");
        Assert.Equal($"{Source}:5", session.Token);

        session.HasRead(before: $"{Source}:5", after: "");
        Assert.Equal("", session.Token);
    }
}
