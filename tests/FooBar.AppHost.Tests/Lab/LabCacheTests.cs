using FooBar.AppHost.Lab;

namespace FooBar.AppHost.Tests.Lab;

public sealed class LabCacheTests
{
    private static readonly DateTimeOffset Made = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("a b", 0, null)]
    [InlineData("a b", 72, null)]
    [InlineData("a b", 73, "made 3 days ago")]
    [InlineData("a b", 240, "made 10 days ago")]
    [InlineData("a b c", 1, "what it is made from has changed")]
    public void Part_OfAnAge_IsMadeAnewWhenItIsOldOrMadeFromSomethingElse(string inputs, int hours, string? reason)
    {
        Assert.Equal(reason, new LabStamp("a b", Made).Outdated(inputs, Made.AddHours(hours)));
    }

    [Fact]
    public void Hash_OfAFileOfTheArchive_IsTheOneOfItsOwnSection()
    {
        string[] release =
        [
            "-----BEGIN PGP SIGNED MESSAGE-----",
            "MD5Sum:",
            " aaaa 10 main/binary-amd64/Packages.xz",
            "SHA256:",
            " bbbb 10 main/binary-amd64/Packages",
            " cccc    5 main/binary-amd64/Packages.xz",
            "-----BEGIN PGP SIGNATURE-----",
            " dddd 5 main/binary-amd64/Packages.xz",
        ];

        Assert.Equal("cccc", PackageRepository.Sha256(release, "main/binary-amd64/Packages.xz"));
        Assert.Equal(
            "the mirror's release file has no SHA-256 of main/binary-arm64/Packages.xz: the archive of this machine's apt is not one of Debian 12.",
            Assert.Throws<FoobarException>(() => PackageRepository.Sha256(release, "main/binary-arm64/Packages.xz")).Message);
    }

    [Fact]
    public void Sources_OfAHost_AreTheReleaseItsUpdatesAndItsSecurityUpdates()
    {
        Assert.Equal(
            """
            deb http://10.77.0.2/debian bookworm main
            deb http://10.77.0.2/debian bookworm-updates main
            deb http://10.77.0.2/debian-security bookworm-security main

            """,
            PackageRepository.SourcesList());
    }
}
