using FooBar.AppHost.Artifacts;

namespace FooBar.AppHost.Tests.Artifacts;

public sealed class ArtifactFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactFolder _artifacts;

    public ArtifactFolderTests()
    {
        _artifacts = new ArtifactFolder(_folder["artifacts"]);
        _folder.Write("one/program", "one");
        _folder.Write("two/program", "two");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Version_ThatWasWritten_IsFoundWithPathsAndHashes()
    {
        IReadOnlyDictionary<string, Artifact> written = await WriteAsync("v1");

        Assert.Equal(["one", "two"], written.Keys.Order());
        Assert.Equal(_folder["artifacts/v1/one.tar.gz"], written["one"].Path);
        Assert.Matches("^[0-9a-f]{64}$", written["one"].Sha256);
        Assert.Equal(written, new ArtifactFolder(_folder["artifacts"]).Find("v1"));
        Assert.Null(_artifacts.Find("v2"));
    }

    [Fact]
    public async Task Version_OfWhichAnArchiveIsMissingOrCutShort_IsNotFoundAndMadeAnew()
    {
        await WriteAsync("v1");
        using (FileStream file = File.OpenWrite(_folder["artifacts/v1/one.tar.gz"]))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Null(_artifacts.Find("v1"));
        Assert.NotNull(await WriteAsync("v1"));
        File.Delete(_folder["artifacts/v1/two.tar.gz"]);
        Assert.Null(_artifacts.Find("v1"));
    }

    [Fact]
    public async Task Version_ThatCouldNotBeWritten_LeavesNothing()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => _artifacts.WriteAsync(
            "v1", new Dictionary<string, (string, IEnumerable<FileInfo>)> { ["one"] = (_folder["one"], [new FileInfo(_folder["one/missing"])]) }, Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["artifacts"]));
    }

    [Fact]
    public async Task Version_ThatWasInterrupted_IsNotFoundAndDoesNotDisturb()
    {
        _folder.Write("artifacts/v1.partial/one.tar.gz", "half");

        Assert.Null(_artifacts.Find("v1"));
        await WriteAsync("v1");
        Assert.Equal(["v1"], Names());
    }

    [Fact]
    public async Task Tidy_OfAKind_KeepsItsNewestThreeAndRemovesWhatWasInterrupted()
    {
        foreach ((int age, string version) in (string[])["v5", "v4", "v3", "v2", "v1"] is var versions ? versions.Index() : [])
        {
            await WriteAsync(version);
            Directory.SetLastWriteTimeUtc(_folder[$"artifacts/{version}"], new DateTime(2026, 1, 31 - age, 0, 0, 0, DateTimeKind.Utc));
        }

        await WriteAsync("mysql-1");
        _folder.Write("artifacts/v6.partial/one.tar.gz", "half");
        _folder.Write("artifacts/mysql-2.partial/one.tar.gz", "half");
        _folder.Write("artifacts/mine/notes.txt", "not ours");

        _artifacts.Tidy(name => !name.StartsWith("mysql-", StringComparison.Ordinal));

        Assert.Equal(["mine", "mysql-1", "mysql-2.partial", "v3", "v4", "v5"], Names());
    }

    [Fact]
    public async Task Lock_ThatAnotherHolds_IsWaitedFor()
    {
        IDisposable held = await _artifacts.LockAsync(() => { }, Token);
        TaskCompletionSource waited = new();
        Task<IDisposable> second = _artifacts.LockAsync(() => waited.TrySetResult(), Token);

        await waited.Task.WaitAsync(Token);
        Assert.False(second.IsCompleted);
        held.Dispose();
        (await second.WaitAsync(Token)).Dispose();
    }

    private IEnumerable<string?> Names() => Directory.EnumerateDirectories(_folder["artifacts"]).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private Task<IReadOnlyDictionary<string, Artifact>> WriteAsync(string version) => _artifacts.WriteAsync(
        version,
        new Dictionary<string, (string, IEnumerable<FileInfo>)>
        {
            ["one"] = (_folder["one"], [new FileInfo(_folder["one/program"])]),
            ["two"] = (_folder["two"], [new FileInfo(_folder["two/program"])]),
        },
        Token);
}
