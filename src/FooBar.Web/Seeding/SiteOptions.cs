namespace FooBar.Web.Seeding;

/// <summary>Section <c>Site</c>.</summary>
internal sealed class SiteOptions
{
    /// <summary>Example notices that are put on a new board, once. 0 to 100,000; 0 leaves it empty. Default 500.</summary>
    public int SeedPosts { get; set; } = 500;
}
