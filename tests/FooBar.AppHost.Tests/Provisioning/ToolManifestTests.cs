using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Tests.Provisioning;

public sealed class ToolManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ToolManifestTests()
    {
        _folder.Write("bin/mysqld", "a program");
        _folder.Write("lib/plugin.so", "a plugin");
        File.CreateSymbolicLink(_folder["lib/link.so"], "plugin.so");
        ToolManifest.Write(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damage_OfAWholeFolder_IsNone() => Assert.Null(ToolManifest.Damage(_folder.Path));

    [Fact]
    public void Damage_OfAFolderWithMoreThanItHad_IsNone()
    {
        _folder.Write("lib/cache", "made by the program");

        Assert.Null(ToolManifest.Damage(_folder.Path));
    }

    [Theory]
    [InlineData("bin/mysqld")]
    [InlineData("lib/plugin.so")]
    [InlineData("lib/link.so")]
    public void Damage_OfAFolderThatLacksAFile_IsThatFile(string file)
    {
        File.Delete(_folder[file]);

        Assert.Equal(file, ToolManifest.Damage(_folder.Path));
    }

    [Fact]
    public void Damage_OfAFileThatIsShorter_IsThatFile()
    {
        _folder.Write("lib/plugin.so", "a plu");

        Assert.Equal("lib/plugin.so", ToolManifest.Damage(_folder.Path));
    }

    [Fact]
    public void Damage_OfALinkThatLeadsElsewhere_IsThatLink()
    {
        File.Delete(_folder["lib/link.so"]);
        File.CreateSymbolicLink(_folder["lib/link.so"], "nowhere.so");

        Assert.Equal("lib/link.so", ToolManifest.Damage(_folder.Path));
    }

    [Fact]
    public void Damage_OfAFolderWithoutAManifest_IsNotKnown()
    {
        File.Delete(_folder["manifest"]);
        File.Delete(_folder["bin/mysqld"]);

        Assert.Null(ToolManifest.Damage(_folder.Path));
    }
}
