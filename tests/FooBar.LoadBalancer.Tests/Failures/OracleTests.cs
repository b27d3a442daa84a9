namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>That the oracle sees what it is there for.</summary>
public sealed class OracleTests
{
    private static readonly Visit _get = new(VisitKind.Get, "1", "1.1", VisitEnd.Answered, TimeSpan.Zero, TimeSpan.Zero, null, null);

    public static TheoryData<string, string> Wrong => new()
    {
        { "Get 1 Failed", "failed" },
        { "Keyed 1 Failed", "failed" },
        { "Keyed 1 Unanswered", "failed" },
        { "Get 1 Cut", "failed" },
        { "Keyed 1 Cut", "failed" },
        { "Get 1 Broken", "looks whole" },
        { "Stream 1 Broken", "looks whole" },
        { "Plain 1 Broken", "looks whole" },
        { "Keyed 1 Answered", "acknowledged and not done" },
        { "Plain 1 Answered", "acknowledged and never arrived" },
        { "Plain 1 Failed; plain 1 whole; plain 1 whole", "executed 2 times" },
        { "Plain 1 Failed; plain 1 BROKEN", "took a body that was not sent" },
    };

    public static TheoryData<string> Right =>
    [
        "Get 1 Answered",
        "Stream 1 Failed",
        "Stream 1 Cut",
        "Stream 1 Cut; stream 1 whole; stream 1 whole",
        "Plain 1 Failed",
        "Plain 1 Cut; plain 1 whole",
        "Plain 1 Failed; plain 1 whole",
        "Plain 1 Answered; plain 1 whole",
        "Keyed 1 Answered; keyed 1 whole; keyed 1 whole; done 1",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_OfWhatMustNotBe_SaysIt(string story, string expected) => Assert.Contains(expected, Assert.Single(Check(story)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Right))]
    public void Check_OfWhatMayBe_IsSilent(string story) => Assert.Empty(Check(story));

    [Fact]
    public void Pattern_OfAnotherIdOrLength_IsAnother()
    {
        Assert.Equal(Pattern.Of("7", 100), Pattern.Of("7", 200)[..100]);
        Assert.NotEqual(Pattern.Of("7", 100), Pattern.Of("8", 100));
    }

    private static IReadOnlyList<string> Check(string story)
    {
        string[] parts = story.Split("; ");
        string[] visit = parts[0].Split(' ');
        return Oracle.Check(
            [_get with { Kind = Enum.Parse<VisitKind>(visit[0]), Id = visit[1], End = Enum.Parse<VisitEnd>(visit[2]) }],
            [.. parts[1..].Where(part => !part.StartsWith("done", StringComparison.Ordinal))],
            parts.Where(part => part.StartsWith("done", StringComparison.Ordinal)).Select(part => part[5..]).ToHashSet());
    }
}
