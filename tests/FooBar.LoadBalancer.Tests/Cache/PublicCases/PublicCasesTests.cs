using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>The public list for HTTP caches, as far as it is about shared caches, on the gateway as it is built for service.</summary>
public sealed class PublicCasesTests(CaseSite site) : IClassFixture<CaseSite>
{
    private static readonly CacheCase[] All =
    [
        .. AgeCases.All, .. FreshnessCases.All, .. ExpiresCases.All, .. DirectiveCases.All, .. RequestCases.All, .. ConditionCases.All,
        .. HeaderCases.All, .. StatusCases.All, .. HeuristicCases.All, .. StaleCases.All, .. InvalidationCases.All, .. VaryCases.All,
        .. PartCases.All, .. OtherCases.All, .. TargetedCases.All,
    ];

    public static TheoryData<string> Ids => [.. All.Select(one => one.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public Task Case(string id) => site.PlayAsync(All.Single(one => one.Id == id));

    [Fact]
    public void List_IsWhole_AndWhatDiffersSaysWhy()
    {
        Assert.Equal(All.Length, All.Select(one => one.Id).Distinct().Count());
        Assert.All(All, one => Assert.NotEmpty(one.Steps));
        Assert.All(All.Where(one => one.Difference is not null), one => Assert.True(one.Difference!.Length > 20, one.Id));
        Assert.True(All.Length > 300, $"{All.Length} cases");

        // What HTTP demands is no matter of taste. (To store a cookie is nothing that it demands, but the list has it in that row.)
        Assert.Equal(["headers-store-Set-Cookie"], All.Where(one => one.Kind == CaseKind.Required && one.Difference is not null).Select(one => one.Id));
        EvidenceLine.Print("public list for HTTP caches", Count());
    }

    private static string Count()
    {
        string Of(CaseKind kind) => $"{All.Count(one => one.Kind == kind && one.Difference is null)} of {All.Count(one => one.Kind == kind)}";
        return $"{All.Length} cases: {Of(CaseKind.Required)} that HTTP demands, {Of(CaseKind.Optimal)} that a good cache does, {Of(CaseKind.Check)} that are open; {All.Count(one => one.Difference is not null)} declared differences";
    }
}
