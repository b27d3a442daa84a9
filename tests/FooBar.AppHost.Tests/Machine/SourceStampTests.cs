using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Tests.Machine;

public sealed class SourceStampTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public SourceStampTests()
    {
        _source = _folder.Write("src/deep/Program.cs", "one");
        _folder.Write("src/Other.cs", "other");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stamp_OfUnchangedSources_IsCurrent()
    {
        Save();

        Assert.True(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_ThatWasNeverSaved_IsNotCurrent()
    {
        Assert.False(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_OfASourceWithAnotherLength_IsNotCurrent()
    {
        Save();
        DateTime time = File.GetLastWriteTimeUtc(_source);
        File.AppendAllText(_source, "more");
        File.SetLastWriteTimeUtc(_source, time);

        Assert.False(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_OfASourceThatWasWrittenAgain_IsNotCurrent()
    {
        Save();
        File.SetLastWriteTimeUtc(_source, File.GetLastWriteTimeUtc(_source).AddMilliseconds(1));

        Assert.False(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_OfASourceMoreOrLessOrRenamed_IsNotCurrent()
    {
        Save();
        string added = _folder.Write("src/Added.cs", "added");
        Assert.False(Stamp().IsCurrent());
        File.Delete(added);
        Assert.True(Stamp().IsCurrent());

        File.Move(_source, _source + ".renamed");
        Assert.False(Stamp().IsCurrent());
        File.Delete(_source + ".renamed");
        Assert.False(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_OfASourceThatChangedWhileItWasBuilt_IsNotCurrent()
    {
        SourceStamp build = Stamp();
        Assert.False(build.IsCurrent());
        File.AppendAllText(_source, "typed while the compiler ran");
        build.Save();

        Assert.False(Stamp().IsCurrent());
    }

    [Fact]
    public void Stamp_ThatIsTorn_IsNotCurrent()
    {
        Save();
        string stamp = _folder["stamp"];
        File.WriteAllText(stamp, File.ReadAllText(stamp)[..10]);

        Assert.False(Stamp().IsCurrent());
    }

    private SourceStamp Stamp() => new(_folder["stamp"], [_folder["src"]]);

    private void Save() => Stamp().Save();
}
