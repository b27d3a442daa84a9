using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class PostRulesTests
{
    private static readonly PostDraft Fine = new("A title", "Somebody", "A body of some length.");

    [Fact]
    public void Check_FineDraft_NoErrors() => Assert.Empty(PostRules.Check(Fine));

    [Fact]
    public void Check_EmptyDraft_OneErrorAFieldInFormOrder() => Assert.Equal(
        [
            new FieldError("title", "Title is missing."),
            new FieldError("author", "Your name is missing."),
            new FieldError("body", "Notice is missing."),
        ],
        PostRules.Check(PostDraft.Empty));

    [Theory]
    [InlineData(2, "Title is too short: at least 3 characters, please.")]
    [InlineData(3, null)]
    [InlineData(120, null)]
    [InlineData(121, "Title is too long: 120 characters at most, this one has 121.")]
    public void Check_TitleLength_BothEdges(int length, string? error) =>
        AssertError("title", error, Fine with { Title = new string('x', length) });

    [Theory]
    [InlineData(1, "Your name is too short: at least 2 characters, please.")]
    [InlineData(2, null)]
    [InlineData(60, null)]
    [InlineData(61, "Your name is too long: 60 characters at most, this one has 61.")]
    public void Check_AuthorLength_BothEdges(int length, string? error) =>
        AssertError("author", error, Fine with { Author = new string('x', length) });

    [Theory]
    [InlineData(9, "Notice is too short: at least 10 characters, please.")]
    [InlineData(10, null)]
    [InlineData(10_000, null)]
    [InlineData(10_001, "Notice is too long: 10,000 characters at most, this one has 10,001.")]
    public void Check_BodyLength_BothEdges(int length, string? error) =>
        AssertError("body", error, Fine with { Body = new string('x', length) });

    [Theory]
    [InlineData("Nul \0 inside", "U+0000")]
    [InlineData("Bell \a inside", "U+0007")]
    [InlineData("Line\nbreak", "U+000A")]
    [InlineData("Tab\there", "U+0009")]
    [InlineData("Delete \u007f", "U+007F")]
    [InlineData("C1 \u0085 next line", "U+0085")]
    [InlineData("Reversed \u202e txet", "U+202E")]
    [InlineData("Isolated \u2066 text", "U+2066")]
    [InlineData("Line separator \u2028", "U+2028")]
    public void Check_ControlCharacterInTitle_RefusedByItsNumber(string title, string number) => AssertError(
        "title", $"Title has a character in it that cannot be shown ({number}); remove it and send it again.", Fine with { Title = title });

    [Fact]
    public void Check_LineBreaksAndTabsInBody_Allowed() => Assert.Empty(PostRules.Check(Fine with { Body = "One line,\n\n\tanother line." }));

    [Fact]
    public void Check_ControlCharacterInBody_Refused() => AssertError(
        "body", "Notice has a character in it that cannot be shown (U+001B); remove it and send it again.", Fine with { Body = "Escape \u001b[31m red" });

    [Theory]
    [InlineData("Grüße aus Łódź")]
    [InlineData("Ελληνικά")]
    [InlineData("שלום עולם")]
    [InlineData("👩‍👩‍👧 family")]
    [InlineData("<b>&\"'")]
    [InlineData("!?!")]
    public void Check_AnyScript_Allowed(string title) => Assert.Empty(PostRules.Check(Fine with { Title = title }));

    [Theory]
    [InlineData("\u200b\u200b\u200b")]
    [InlineData("\u200d \u200d")]
    public void Check_InvisibleTitle_Refused(string title) =>
        AssertError("title", "Title shows nothing: write some words, please.", Fine with { Title = title });

    [Fact]
    public void Trimmed_WhiteSpaceAround_GoneAndInsideKept() => Assert.Equal(
        new PostDraft("A  title", "Me", "One\n\n two"),
        new PostDraft(" A  title\t", "\u00a0Me ", "\n One\n\n two \n").Trimmed());

    private static void AssertError(string field, string? message, PostDraft draft)
    {
        FieldError[] expected = message is null ? [] : [new FieldError(field, message)];
        Assert.Equal(expected, PostRules.Check(draft));
    }
}
