using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.State;

public sealed class StateFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Root's databases run as somebody else, who must be able to pass.
    private static readonly UnixFileMode Passable = Environment.IsPrivilegedProcess ? Modes.OwnerAndPassersByFolder : Modes.OwnerOnlyFolder;

    private string Path => _folder["state"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_OfANewFolder_MakesItForTheOwnerAlone()
    {
        StateFolder state = new(Path);
        Assert.False(state.Exists);

        state.Create();

        Assert.True(state.Exists);
        Assert.Equal("1\n", File.ReadAllText(System.IO.Path.Combine(Path, "version")));
        Assert.Equal(Passable, File.GetUnixFileMode(Path));
        Assert.Equal(Passable, File.GetUnixFileMode(state.Tools));
        foreach (string folder in (string[])[state.Certificates, state.Secrets, state.Logs, state.Run, state.Prometheus, state.Gateway])
        {
            Assert.Equal(Modes.OwnerOnlyFolder, File.GetUnixFileMode(folder));
        }
    }

    [Theory]
    [InlineData(0b111_000_000)] // mktemp -d
    [InlineData(0b111_101_101)] // mkdir
    [InlineData(0b111_111_111)]
    public void Create_OfAFolderThatIsThereAndEmpty_GivesItTheModeOfANewOne(int mode)
    {
        Directory.CreateDirectory(Path);
        File.SetUnixFileMode(Path, (UnixFileMode)mode);

        new StateFolder(Path).Create();

        Assert.Equal(Passable, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Create_OfAFolderOfOurs_KeepsWhatIsInIt()
    {
        StateFolder state = new(Path);
        state.Create();
        File.WriteAllText(state.Log("web-1"), "a line\n");

        new StateFolder(Path).Create();

        Assert.Equal("a line\n", File.ReadAllText(state.Log("web-1")));
    }

    [Fact]
    public void Create_OfAFolderOfOursThatLostAPart_MakesThePartAgain()
    {
        StateFolder state = new(Path);
        state.Create();
        Directory.Delete(state.Logs);

        state.Create();

        Assert.True(Directory.Exists(state.Logs));
    }

    [Fact]
    public void Create_OfAnotherVersion_IsRefused()
    {
        _folder.Write("state/version", "2\n");

        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder(Path).Create);

        Assert.Equal($"The state folder {Path} has layout version 2; this foobar reads version 1. Use the release that made it, or give another folder with --state.", refused.Message);
        Assert.Equal([System.IO.Path.Combine(Path, "version")], Directory.GetFileSystemEntries(Path));
    }

    [Fact]
    public void Create_OfAFolderThatHoldsSomethingElse_IsRefused()
    {
        string thesis = _folder.Write("state/thesis.txt", "my life's work");

        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder(Path).Create);

        Assert.Equal($"{Path} is not empty and not a state folder of foobar. Give another one with --state.", refused.Message);
        Assert.Equal([thesis], Directory.GetFileSystemEntries(Path));
    }

    [Fact]
    public void Create_WhereAFileLies_IsRefused()
    {
        _folder.Write("state", "a file");

        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder(Path).Create);

        Assert.Equal($"The state folder {Path} cannot be written: The file '{Path}' already exists. Give another one with --state.", refused.Message);
    }

    [Fact]
    public void Create_WhereNobodyMayWrite_IsRefused()
    {
        // Not even root may: the kernel's own file system.
        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder("/sys/foobar").Create);

        Assert.StartsWith("The state folder /sys/foobar cannot be written: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Give another one with --state.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_GivenRelatively_IsAbsolute()
    {
        Assert.Equal(System.IO.Path.Combine(Environment.CurrentDirectory, "some/state"), new StateFolder("./some/other/../state").Path);
    }

    [Fact]
    public void Delete_OfAFolderOfOurs_RemovesEverything()
    {
        StateFolder state = new(Path);
        state.Create();
        File.WriteAllText(state.Log("web-1"), "a line\n");

        state.Delete();

        Assert.False(state.Exists);
    }

    [Fact]
    public void Delete_OfNoFolder_DoesNothing()
    {
        new StateFolder(Path).Delete();

        Assert.False(Directory.Exists(Path));
    }

    [Fact]
    public void Delete_OfAFolderThatIsNotOurs_IsRefused()
    {
        string thesis = _folder.Write("state/thesis.txt", "my life's work");

        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder(Path).Delete);

        Assert.Equal($"{Path} is not a state folder of foobar; it was left as it is.", refused.Message);
        Assert.True(File.Exists(thesis));
    }

    [Theory]
    [InlineData("1.4.2\n")]
    [InlineData("1\n")]
    [InlineData("")]
    public void Delete_OfAProjectThatHappensToHaveAVersionFile_IsRefused(string version)
    {
        string thesis = _folder.Write("state/thesis.txt", "my life's work");
        _folder.Write("state/version", version);

        FoobarException refused = Assert.Throws<FoobarException>(new StateFolder(Path).Delete);

        Assert.Equal($"{Path} is not a state folder of foobar; it was left as it is.", refused.Message);
        Assert.True(File.Exists(thesis));
    }

    [Fact]
    public void Delete_OfAFolderOfAnotherVersion_RemovesIt()
    {
        StateFolder state = new(Path);
        state.Create();
        _folder.Write("state/version", "2\n");

        state.Delete();

        Assert.False(state.Exists);
    }

    [Fact]
    public void Delete_OfAFolderWithALinkToElsewhere_LeavesElsewhereAlone()
    {
        string thesis = _folder.Write("elsewhere/thesis.txt", "my life's work");
        StateFolder state = new(Path);
        state.Create();
        File.CreateSymbolicLink(System.IO.Path.Combine(state.Tools, "mysql"), _folder["elsewhere"]);

        state.Delete();

        Assert.True(File.Exists(thesis));
    }
}
