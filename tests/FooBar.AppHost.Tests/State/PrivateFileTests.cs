using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.State;

public sealed class PrivateFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["secret"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_OfANewFile_IsForTheOwnerAlone()
    {
        PrivateFile.Write(Target, "größer\n");

        Assert.Equal("größer\n", File.ReadAllText(Target));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(Target));
        Assert.Equal((byte)'g', File.ReadAllBytes(Target)[0]);
    }

    [Fact]
    public void Write_OverAFileThatAllCouldRead_IsForTheOwnerAlone()
    {
        File.WriteAllText(Target, "old");
        File.SetUnixFileMode(Target, (UnixFileMode)0b110_100_100);

        PrivateFile.Write(Target, "new");

        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void Write_WithAMode_HasThatMode()
    {
        PrivateFile.Write(Target, "public", Modes.OwnerReadsAndWrites | UnixFileMode.UserExecute);

        Assert.Equal(Modes.OwnerReadsAndWrites | UnixFileMode.UserExecute, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void Write_AfterOneThatACrashInterrupted_UsesNothingOfIt()
    {
        File.WriteAllText(Target + ".partial", "half of a sec");
        File.SetUnixFileMode(Target + ".partial", (UnixFileMode)0b110_110_110);

        PrivateFile.Write(Target, "whole");

        Assert.Equal("whole", File.ReadAllText(Target));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_ThatFails_LeavesNothingBeside()
    {
        Directory.CreateDirectory(Target);

        Assert.ThrowsAny<IOException>(() => PrivateFile.Write(Target, "a file where a folder is"));

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_WhileAReaderHasTheOldFileOpen_LeavesItTheOldContent()
    {
        PrivateFile.Write(Target, "old");
        using StreamReader reader = new(Target);

        PrivateFile.Write(Target, "new");

        Assert.Equal("old", reader.ReadToEnd());
        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    public void Write_OverASymbolicLink_ReplacesTheLinkAndNotWhatItPointsTo()
    {
        string elsewhere = _folder.Write("elsewhere", "untouched");
        File.CreateSymbolicLink(Target, elsewhere);

        PrivateFile.Write(Target, "new");

        Assert.Equal("untouched", File.ReadAllText(elsewhere));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }
}
