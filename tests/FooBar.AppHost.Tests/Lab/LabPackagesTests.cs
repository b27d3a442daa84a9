using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Tests.Lab;

public sealed class LabPackagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Packages_InListsOfBothStyles_AreReadOnceEachInOrder()
    {
        string file = _folder.Write("packages.yml", """
            # Every package.
            masked:
              - not-a.service
            packages:
              base: [zstd, chrony, g++-12]   # on all
              empty: []
              database:
                - prometheus-mysqld-exporter
                # and
                - chrony

            host_packages: "{{ packages.base
              + other }}"
            """);

        Assert.Equal(["chrony", "g++-12", "prometheus-mysqld-exporter", "zstd"], LabPackages.Read(file));
    }

    [Fact]
    public void Packages_OfTheRoles_AreRead()
    {
        Assert.Contains("nftables", LabPackages.Read(Path.Combine(Checkout.Root, "deploy", "group_vars", "all", "packages.yml")));
    }

    [Theory]
    [InlineData("packages:\n  base: [chrony, \"zstd\"]\n", "line 2: expected 'key: [package, …]', 'key:' or '- package', read 'base: [chrony, \"zstd\"]'.")]
    [InlineData("packages:\n  base: chrony\n", "line 2: expected 'key: [package, …]', 'key:' or '- package', read 'base: chrony'.")]
    [InlineData("packages:\n  base: [chrony,\n    zstd]\n", "line 2: expected 'key: [package, …]', 'key:' or '- package', read 'base: [chrony,'.")]
    public void Packages_InAnotherStyle_AreRefusedRatherThanGuessedAt(string text, string problem)
    {
        string file = _folder.Write("packages.yml", text);

        Assert.Equal($"{file}, {problem}", Assert.Throws<FoobarException>(() => LabPackages.Read(file)).Message);
    }

    [Theory]
    [InlineData("packages:\n  base: []\n")]
    [InlineData("other:\n  base: [chrony]\n")]
    [InlineData("")]
    public void Packages_OfAFileWithoutAny_AreRefused(string text)
    {
        string file = _folder.Write("packages.yml", text);

        Assert.Equal($"{file} names no package below 'packages:'.", Assert.Throws<FoobarException>(() => LabPackages.Read(file)).Message);
    }

    [Fact]
    public void Packages_WithoutTheirFile_SayWhatItIsFor()
    {
        string file = _folder["packages.yml"];

        Assert.Equal($"{file} is missing: it names the packages that the lab's repository serves.", Assert.Throws<FoobarException>(() => LabPackages.Read(file)).Message);
    }
}
