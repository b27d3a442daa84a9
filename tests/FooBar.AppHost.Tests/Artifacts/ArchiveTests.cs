using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using FooBar.AppHost.Artifacts;

namespace FooBar.AppHost.Tests.Artifacts;

public sealed class ArchiveTests : IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archive_OfTheSameFiles_IsTheSameBytes()
    {
        Fill("one");
        Fill("two");
        File.SetLastWriteTimeUtc(_folder["two/b"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.SetUnixFileMode(_folder["two/a/x"], UnixFileMode.UserRead);

        string one = await PackAsync("one", "a/x", "b", "program", "z");
        string two = await PackAsync("two", "z", "program", "b", "a/x");

        Assert.Equal(one, two);
        Assert.Equal(await File.ReadAllBytesAsync(_folder["one.tar.gz"], TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(_folder["two.tar.gz"], TestContext.Current.CancellationToken));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder["one.tar.gz"]))), one);
    }

    [Fact]
    public async Task Archive_HoldsNamesModesAndLinksAndNothingOfThisMachine()
    {
        Fill("one");

        await PackAsync("one", "z", "program", "b", "a/x");

        (string, TarEntryType, UnixFileMode, string, int, int, int, string)[] expected =
        [
            ("a/x", TarEntryType.RegularFile, Readable, "", 0, 0, 2000, "x"),
            ("b", TarEntryType.RegularFile, Readable, "", 0, 0, 2000, "bb"),
            ("program", TarEntryType.RegularFile, Executable, "", 0, 0, 2000, "#!/bin/sh\ntrue\n"),
            ("z", TarEntryType.SymbolicLink, Readable, "b", 0, 0, 2000, ""),
        ];
        Assert.Equal(expected, Entries("one.tar.gz"));
    }

    private void Fill(string root)
    {
        _folder.Write($"{root}/a/x", "x");
        _folder.Write($"{root}/b", "bb");
        _folder.WriteScript($"{root}/program", "true");
        File.CreateSymbolicLink(_folder[$"{root}/z"], "b");
    }

    private Task<string> PackAsync(string root, params string[] names) =>
        Archive.WriteAsync(_folder[root + ".tar.gz"], _folder[root], names.Select(name => new FileInfo(_folder[$"{root}/{name}"])), TestContext.Current.CancellationToken);

    private List<(string, TarEntryType, UnixFileMode, string, int, int, int, string)> Entries(string archive)
    {
        using GZipStream unpacked = new(File.OpenRead(_folder[archive]), CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        List<(string, TarEntryType, UnixFileMode, string, int, int, int, string)> entries = [];
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            string content = entry.DataStream is { } stream ? new StreamReader(stream).ReadToEnd() : "";
            entries.Add((entry.Name, entry.EntryType, entry.Mode, entry.LinkName, entry.Uid, entry.Gid, entry.ModificationTime.Year, content));
        }

        return entries;
    }
}
