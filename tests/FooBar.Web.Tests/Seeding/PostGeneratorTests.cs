using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FooBar.Web.Posts;
using FooBar.Web.Seeding;

namespace FooBar.Web.Tests.Seeding;

public sealed partial class PostGeneratorTests
{
    private static readonly IReadOnlyList<GeneratedPost> Posts = PostGenerator.Generate(500);

    [Fact]
    public void Generate_SameSeed_SamePosts() => Assert.Equal(Posts, PostGenerator.Generate(500));

    [Fact]
    public void Generate_OtherSeed_OtherPosts() => Assert.NotEqual(Posts, PostGenerator.Generate(500, PostGenerator.Seed + 1));

    [Fact]
    public void Generate_OnAnyRuntime_TheseVeryPosts()
    {
        string text = string.Join('\n', Posts.Select(post => $"{post.Draft.Title}|{post.Draft.Author}|{post.Draft.Body}|{post.Age.Ticks}"));
        Assert.Equal("44e0ed715af1f94f", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(2_000)]
    public void Generate_Count_ThatMany(int count) => Assert.Equal(count, PostGenerator.Generate(count).Count);

    [Fact]
    public void Generate_EveryPost_PassesTheRulesOfTheBoard() =>
        Assert.All(PostGenerator.Generate(5_000), post => Assert.Empty(PostRules.Check(post.Draft)));

    [Fact]
    public void Generate_EveryPost_NeedsNoTrimming() => Assert.All(Posts, post => Assert.Equal(post.Draft, post.Draft.Trimmed()));

    [Fact]
    public void Generate_Titles_AllDifferent() => Assert.Equal(500, Posts.Select(post => post.Draft.Title).Distinct().Count());

    [Fact]
    public void Generate_Authors_Many() => Assert.InRange(Posts.Select(post => post.Draft.Author).Distinct().Count(), 250, 500);

    [Fact]
    public void Generate_Bodies_FromALineToAPage()
    {
        int[] lengths = [.. Posts.Select(post => post.Draft.Body.Length).Order()];
        Assert.InRange(lengths[0], 40, 150);
        Assert.InRange(lengths[250], 150, 500);
        Assert.InRange(lengths[^1], 900, 3_000);
        int[] paragraphs = [.. Posts.Select(post => Paragraphs.Of(post.Draft.Body).Count()).Distinct().Order()];
        Assert.InRange(paragraphs.Length, 4, 20);
    }

    [Fact]
    public void Generate_Ages_FallThroughThePeriod()
    {
        TimeSpan[] ages = [.. Posts.Select(post => post.Age)];
        Assert.Equal(ages.OrderDescending(), ages);
        Assert.All(ages, age => Assert.InRange(age, TimeSpan.Zero, PostGenerator.Period));
        Assert.True(ages[0] - ages[^1] > PostGenerator.Period * 0.99);
    }

    [Fact]
    public void Generate_Text_HasNoSeams() => Assert.All(Posts, post =>
    {
        Assert.DoesNotMatch(Seam, post.Draft.Title);
        Assert.DoesNotMatch(Seam, post.Draft.Body);
        Assert.Matches("^[\\p{Lu}0-9]", post.Draft.Title);
        Assert.Matches("[.!?]$", post.Draft.Body);
    });

    // What a template leaves behind when it goes wrong: an open slot, a doubled blank or stop, "a apple" and "an pear".
    [GeneratedRegex("[{}]|  |\\.\\.|,,|\\b[Aa] (?!one)[aeioAEIO]\\w|\\b[Aa]n [bcdfgjklmnpqrstvwxyz]")]
    private static partial Regex Seam { get; }
}
