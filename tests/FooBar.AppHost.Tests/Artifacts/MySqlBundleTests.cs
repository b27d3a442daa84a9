using FooBar.AppHost.Artifacts;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Tests.Artifacts;

public sealed class MySqlBundleTests : IDisposable
{
    private const string Library = "usr/lib/x86_64-linux-gnu/libssl.so.3";

    private readonly TemporaryFolder _folder = new();
    private readonly MySqlBundle _bundle;

    public MySqlBundleTests()
    {
        _folder.Write("usr/sbin/mysqld", "server");
        _folder.Write("usr/bin/mysql", "client");
        _folder.Write("usr/bin/myisamchk", "unneeded");
        _folder.Write("bin/mysqld", "launcher");
        _folder.Write("manifest", "all");
        string library = _folder.Write(Library, "library");
        File.SetLastWriteTimeUtc(library, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        File.CreateSymbolicLink(_folder["usr/lib/x86_64-linux-gnu/libssl.so"], "libssl.so.3");
        _bundle = new MySqlBundle(new MySqlInstallation(_folder.Path, "9.7.4"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("usr/sbin/mysqld", true)]
    [InlineData("usr/bin/mysql", true)]
    [InlineData("usr/bin/mysqladmin", true)]
    [InlineData("usr/bin/mysqlbinlog", true)]
    [InlineData("usr/bin/mysqlslap", false)]
    [InlineData("usr/bin/mysqld_safe", false)]
    [InlineData("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", true)]
    [InlineData("usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", false)]
    [InlineData("usr/lib/mysql/plugin/group_replication.so", true)]
    [InlineData("usr/lib/mysql/plugin/mysql_clone.so", true)]
    [InlineData("usr/lib/mysql/plugin/auth_socket.so", true)]
    [InlineData("usr/lib/mysql/plugin/authentication_oci_client.so", false)]
    [InlineData("usr/share/mysql/charsets/Index.xml", true)]
    [InlineData("usr/share/mysql/english/errmsg.sys", true)]
    [InlineData("usr/share/mysql/german/errmsg.sys", false)]
    [InlineData("usr/share/gdb/auto-load/x.py", false)]
    public void File_ByItsPath_IsNeededOrNot(string path, bool needed) => Assert.Equal(needed, MySqlBundle.IsNeeded(path));

    [Fact]
    public void Files_AreThoseThatAreNeeded_WithLinks() => Assert.Equal(
        ["usr/bin/mysql", "usr/lib/x86_64-linux-gnu/libssl.so", Library, "usr/sbin/mysqld"],
        _bundle.Files().Select(file => Path.GetRelativePath(_folder.Path, file.FullName)).Order(StringComparer.Ordinal));

    [Fact]
    public void Version_OfTheSameFiles_IsTheSame()
    {
        string before = _bundle.Version();
        _folder.Write("usr/bin/mysqlslap", "unneeded");

        Assert.Matches("^9\\.7\\.4-[0-9a-f]{8}$", before);
        Assert.Equal(before, _bundle.Version());
    }

    [Fact]
    public void Version_WithALibraryOfTheSameLengthFromAnotherPackage_IsAnother()
    {
        string before = _bundle.Version();

        File.SetLastWriteTimeUtc(_folder[Library], new DateTime(2026, 2, 2, 3, 4, 5, DateTimeKind.Utc));

        Assert.NotEqual(before, _bundle.Version());
    }
}
