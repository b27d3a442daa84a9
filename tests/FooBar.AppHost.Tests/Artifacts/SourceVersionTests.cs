using FooBar.AppHost.Artifacts;

namespace FooBar.AppHost.Tests.Artifacts;

public sealed class SourceVersionTests : IDisposable
{
    private readonly TemporaryFolder _first = Checkout();
    private readonly TemporaryFolder _second = Checkout();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Version_OfTheSameSources_IsTheSameInEveryCheckout()
    {
        File.SetLastWriteTimeUtc(_second["src/A/deep/One.cs"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        Assert.Matches("^[0-9a-f]{12}$", Of(_first));
        Assert.Equal(Of(_first), Of(_second));
    }

    [Fact]
    public void Version_OfSourcesThatAreNotBuilt_HasNoPartInIt()
    {
        _second.Write("src/Other/Program.cs", "other");
        _second.Write("README.md", "words");

        Assert.Equal(Of(_first), Of(_second));
    }

    [Theory]
    [InlineData("src/A/deep/One.cs", "oNe")]
    [InlineData("src/B/Two.cs", "")]
    [InlineData("src/B/Added.cs", "")]
    [InlineData("src/Services.proj", "<Project />")]
    [InlineData("Directory.Packages.props", "<Project />")]
    [InlineData("global.json", "{ }")]
    public void Version_OfOtherSources_IsAnother(string file, string content)
    {
        _second.Write(file, content);

        Assert.NotEqual(Of(_first), Of(_second));
    }

    [Fact]
    public void Version_OfTextMovedBetweenFiles_IsAnother()
    {
        _first.Write("src/B/Two.cs", "two");
        _first.Write("src/B/Ulm.cs", "ulm");
        _second.Write("src/B/Two.cs", "twosrc/B/Ulm.cs\nulm");

        Assert.NotEqual(Of(_first), Of(_second));
    }

    [Fact]
    public void Version_OfARenamedFile_IsAnother()
    {
        File.Move(_second["src/B/Two.cs"], _second["src/B/Zwei.cs"]);

        Assert.NotEqual(Of(_first), Of(_second));
    }

    [Fact]
    public void Version_WithAnotherRuntime_IsAnother() => Assert.NotEqual(Of(_first, ".NET 10.0.12"), Of(_first, ".NET 10.0.13"));

    private static TemporaryFolder Checkout()
    {
        TemporaryFolder folder = new();
        folder.Write("src/A/deep/One.cs", "one");
        folder.Write("src/B/Two.cs", "two");
        folder.Write("global.json", "{}");
        folder.Write("BannedSymbols.txt", "");
        folder.Write("Directory.Build.props", "<Project/>");
        return folder;
    }

    private static string Of(TemporaryFolder checkout, string runtime = ".NET 10.0.12") => SourceVersion.Of(checkout.Path, ["src/A", "src/B"], runtime);
}
