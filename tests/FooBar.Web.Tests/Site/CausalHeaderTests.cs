using FooBar.MySql;

namespace FooBar.Web.Tests.Site;

/// <summary>What a client without cookies sends in the header Causal-Token, when it is nothing that the site gave it.</summary>
[Collection(SiteGroup.Name)]
public sealed class CausalHeaderTests(SiteFixture site) : IDisposable
{
    private readonly Browser _client = new(site.Database.CaPath);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("forged")]
    [InlineData("oversized")]
    [InlineData("corrupt")]
    public async Task Header_ThatIsNoToken_IsCountedAndReplacedAndThePageAnswers(string reason)
    {
        await using MySqlConnection connection = await site.Database.OpenAsync();
        string value = reason switch
        {
            "forged" => (await CausalSeal.SealAsync(connection, site.DatabaseName, ""))[..^4] + "AAAA",
            "oversized" => new string('x', 4097),
            _ => await CausalSeal.SealAsync(connection, site.DatabaseName, "no token"),
        };
        double before = await RejectedAsync(reason);

        Answer page = await _client.GetAsync(site.First, "/", ("Causal-Token", value));

        Assert.Equal(200, page.Status);
        Assert.NotEmpty(page.Document.QuerySelectorAll("article"));
        Assert.Empty(page.SetCookies);
        Assert.Equal(before + 1, await RejectedAsync(reason));
        // Empty, but for a moment behind somebody's write, when the primary is not yet known to be all there is; in any case it is one of ours.
        string next = page.Header("Causal-Token")!;
        Assert.NotEqual(value, next);
        double rejected = await RejectedAsync("");
        await _client.GetAsync(site.First, "/", ("Causal-Token", next));
        Assert.Equal(rejected, await RejectedAsync(""));
    }

    [Fact]
    public async Task Header_Absent_IsNotAnswered()
    {
        Answer page = await _client.GetAsync(site.First, "/");
        Assert.False(page.Headers.Contains("Causal-Token"));
    }

    [Fact]
    public async Task Header_EmptyOnARead_IsAnsweredEmptyAndRejectedByNobody()
    {
        double before = await RejectedAsync("");
        Answer page = await _client.GetAsync(site.First, "/", ("Causal-Token", ""));
        Assert.Equal((200, ""), (page.Status, page.Header("Causal-Token")));
        Assert.Equal(before, await RejectedAsync(""));
    }

    /// <summary>The tokens that were rejected for a reason; an empty one for all.</summary>
    private async Task<double> RejectedAsync(string reason) =>
        (await site.First.MetricsAsync()).Sum("database_tokens_rejected_total", reason.Length == 0 ? "" : $"reason=\"{reason}\"");
}
