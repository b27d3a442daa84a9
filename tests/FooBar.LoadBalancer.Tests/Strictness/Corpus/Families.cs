namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>The corpus.</summary>
internal static class Families
{
    /// <summary>Every case over HTTP/1.</summary>
    public static IReadOnlyList<Case> All { get; } =
    [
        .. LengthCases.All,
        .. CodingCases.All,
        .. ChunkCases.All,
        .. LineCases.All,
        .. HeaderCases.All,
        .. RequestLineCases.All,
        .. HostCases.All,
        .. ConnectionCases.All,
        .. PathCases.All,
        .. ClaimCases.All,
        .. PipelineCases.All,
        .. LimitCases.All,
    ];
}
