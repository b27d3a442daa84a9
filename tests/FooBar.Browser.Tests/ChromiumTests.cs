namespace FooBar.Browser.Tests;

public sealed class ChromiumTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-chromium-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Find_Named_TakesItAndTheCertutilBesideIt()
    {
        string chromium = Touch("own/wrapper"), beside = Touch("own/certutil");
        Touch("path/chromium");
        Touch("path/certutil");

        Assert.Equal(new Chromium(chromium, beside), Find(named: chromium));
    }

    [Fact]
    public void Find_NotNamed_PrefersTheHeadlessShellOnPath()
    {
        string shell = Touch("path/chromium-headless-shell"), certutil = Touch("path/certutil");
        Touch("path/chromium");

        Assert.Equal(new Chromium(shell, certutil), Find());
    }

    [Fact]
    public void Find_NamedFileMissing_SaysSo()
    {
        Touch("path/chromium");

        Assert.Equal("FOOBAR_CHROMIUM is '/no/such': there is no such file.", Refusal(named: "/no/such"));
    }

    [Fact]
    public void Find_NothingOnPath_SaysWhatToDo() => Assert.Equal(
        "No chromium on PATH: run ./foobar test, install the package chromium, or set FOOBAR_CHROMIUM to its executable.",
        Refusal());

    [Fact]
    public void Find_NoCertutil_SaysWhatToDo()
    {
        string chromium = Touch("path/chromium");

        Assert.Equal(
            $"No certutil beside '{chromium}' or on PATH: run ./foobar test, or install the package libnss3-tools.",
            Refusal());
    }

    private Chromium Find(string? named = null) => Chromium.Find(variable => variable switch
    {
        "PATH" => $"/no/such/folder:{Path.Combine(_folder.FullName, "path")}",
        Chromium.Variable => named,
        _ => null,
    });

    private string Refusal(string? named = null) => Assert.Throws<InvalidOperationException>(() => Find(named)).Message;

    private string Touch(string name)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
