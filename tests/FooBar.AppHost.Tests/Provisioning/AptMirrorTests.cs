using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Tests.Provisioning;

public sealed class AptMirrorTests
{
    private const string DebianUris = """
        'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 
        'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror.example_debian_dists_bookworm-updates_InRelease 0 
        'http://mirror.example/debian-security/dists/bookworm-security/InRelease' mirror.example_debian-security_dists_bookworm-security_InRelease 0 
        'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.example_debian_dists_bookworm_main_binary-amd64_Packages 0 
        'http://mirror.example/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' mirror.example_debian-security_dists_bookworm-security_main_binary-amd64_Packages 0 

        """;

    private const string UbuntuUris = """
        'http://mirror.example/ubuntu/dists/noble/InRelease' mirror.example_ubuntu_dists_noble_InRelease 0 
        'http://mirror.example/ubuntu/dists/noble-updates/InRelease' mirror.example_ubuntu_dists_noble-updates_InRelease 0 
        'http://mirror.example/ubuntu/dists/noble-backports/InRelease' mirror.example_ubuntu_dists_noble-backports_InRelease 0 
        'http://security.example/ubuntu/dists/noble-security/InRelease' security.example_ubuntu_dists_noble-security_InRelease 0 

        """;

    private static readonly string[] Debian = ["PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"", "VERSION_CODENAME=bookworm", "ID=debian", "", "HOME_URL=\"https://home.example/?a=b\""];

    private static readonly string[] Ubuntu = ["NAME=\"Ubuntu\"", "VERSION_CODENAME=noble", "ID=ubuntu", "ID_LIKE=debian", "UBUNTU_CODENAME=noble"];

    [Fact]
    public void Mirror_OfDebian_IsItsReleaseAndItsSecurityUpdates()
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, DebianUris, string.Empty), Debian);

        Assert.Equal("debian", mirror.Distribution);
        Assert.Equal(new AptSource("http://mirror.example/debian", "bookworm"), mirror.Release);
        Assert.Equal([mirror.Release, new AptSource("http://mirror.example/debian-security", "bookworm-security")], mirror.ReleaseAndSecurity);
        Assert.Equal(new AptSource("http://mirror.example/debian", "unstable"), mirror.Suite("unstable"));
    }

    [Theory]
    [InlineData("bookworm")]
    [InlineData("trixie")]
    public void Suites_OfARelease_AreItAndItsUpdatesWhereTheMachineTakesItsOwn(string release)
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, DebianUris, string.Empty), Debian);

        Assert.Equal(
            [new AptSource("http://mirror.example/debian", release), new AptSource("http://mirror.example/debian", release + "-updates"), new AptSource("http://mirror.example/debian-security", release + "-security")],
            mirror.Suites(release));
    }

    [Fact]
    public void Mirror_OfUbuntu_IsItsReleaseAndItsSecurityUpdates()
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, UbuntuUris, string.Empty), Ubuntu);

        Assert.Equal("ubuntu", mirror.Distribution);
        Assert.Equal(new AptSource("http://mirror.example/ubuntu", "noble"), mirror.Release);
        Assert.Equal([mirror.Release, new AptSource("http://security.example/ubuntu", "noble-security")], mirror.ReleaseAndSecurity);
    }

    [Fact]
    public void Mirror_WithSuitesThatHaveSlashesAndArchivesWithoutSuites_ReadsBoth()
    {
        AptMirror mirror = AptMirror.Read(
            new ToolResult(
                0,
                """
                'https://packages.example/tools/./InRelease' packages.example_tools_._InRelease 0 
                'http://security.example/dists/bullseye/updates/InRelease' security.example_dists_bullseye_updates_InRelease 0 
                'mirror+file:/etc/apt/mirrors/debian.list/dists/bullseye/InRelease' mirror+file 0 
                """,
                string.Empty),
            ["ID=debian", "VERSION_CODENAME=bullseye/updates"]);

        Assert.Equal(new AptSource("http://security.example", "bullseye/updates"), mirror.Release);
        Assert.Equal([mirror.Release], mirror.ReleaseAndSecurity);
    }

    [Fact]
    public void Mirror_ThatIsAListOfMirrors_IsReadAsAptWritesIt()
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, "'mirror+file:/etc/apt/mirrors/debian.list/dists/bookworm/InRelease' mirror+file 0 \n", string.Empty), Debian);

        Assert.Equal(new AptSource("mirror+file:/etc/apt/mirrors/debian.list", "bookworm"), mirror.Release);
    }

    [Fact]
    public void Mirror_WithAVendorsArchiveOfTheSameSuiteBeforeIt_IsTheDistributionsOwn()
    {
        // apt reads sources.list.d by name: docker.list comes before ubuntu.sources.
        AptMirror mirror = AptMirror.Read(
            new ToolResult(0, "'https://vendor.example/linux/ubuntu/dists/noble/InRelease' vendor.example_linux_ubuntu_dists_noble_InRelease 0 \n" + UbuntuUris, string.Empty),
            Ubuntu);

        Assert.Equal(new AptSource("http://mirror.example/ubuntu", "noble"), mirror.Release);
    }

    [Theory]
    [InlineData("unstable")]
    [InlineData("sid")]
    [InlineData("testing")]
    public void Mirror_OfARollingRelease_IsTheRelease(string suite)
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, $"'http://mirror.example/debian/dists/{suite}/InRelease' mirror.example_debian 0 \n", string.Empty), ["ID=debian", "VERSION_CODENAME=forky"]);

        Assert.Equal(new AptSource("http://mirror.example/debian", suite), mirror.Release);
    }

    [Fact]
    public void OsRelease_WithSingleQuotesCommentsAndRepetitions_IsReadAsAShellWould()
    {
        AptMirror mirror = AptMirror.Read(
            new ToolResult(0, DebianUris, string.Empty),
            ["# one = two", "# one = three", "ID=something", "ID='debian'", "VERSION_CODENAME='bookworm'"]);

        Assert.Equal("debian", mirror.Distribution);
        Assert.Equal("bookworm", mirror.Release.Suite);
    }

    [Fact]
    public void Mirror_ThatNamesItsSuiteStable_IsTheRelease()
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, DebianUris.Replace("bookworm", "stable", StringComparison.Ordinal), string.Empty), Debian);

        Assert.Equal(new AptSource("http://mirror.example/debian", "stable"), mirror.Release);
    }

    [Fact]
    public void Mirror_WithoutTheRelease_SaysWhereToLook()
    {
        AptMirror mirror = AptMirror.Read(new ToolResult(0, UbuntuUris, string.Empty), Debian);

        FoobarException missing = Assert.Throws<FoobarException>(() => mirror.Release);
        Assert.Equal("apt on this machine names no archive with the suite 'bookworm': look at /etc/apt/sources.list and /etc/apt/sources.list.d.", missing.Message);
    }

    [Fact]
    public void Mirror_OfAMachineWithoutSources_SaysWhatAptSaid()
    {
        FoobarException missing = Assert.Throws<FoobarException>(() => AptMirror.Read(new ToolResult(100, string.Empty, "E: The list of sources could not be read.\n"), Debian));

        Assert.Equal("apt on this machine names no archive to download from (E: The list of sources could not be read.): look at /etc/apt/sources.list and /etc/apt/sources.list.d.", missing.Message);
    }
}
