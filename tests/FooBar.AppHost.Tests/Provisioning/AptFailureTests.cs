using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;

namespace FooBar.AppHost.Tests.Provisioning;

public sealed class AptFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror.example'\nE: Some index files failed to download.",
        "The package mirror http://mirror.example could not be reached to download MySQL: Temporary failure resolving 'mirror.example'. Connect this machine to the network and run it again; or install it.")]
    [InlineData(
        "W: a warning\nE: Failed to fetch https://mirror.example:8080/debian/x.deb  Could not connect to mirror.example:8080 (192.0.2.1). - connect (113: No route to host)",
        "The package mirror https://mirror.example:8080 could not be reached to download MySQL: Could not connect to mirror.example:8080 (192.0.2.1). - connect (113: No route to host). Connect this machine to the network and run it again; or install it.")]
    [InlineData(
        "E: Failed to fetch http://mirror.example/debian/pool/x_1.deb  Hash Sum mismatch\n   Hashes of expected file:\n    - SHA256:00",
        "The package mirror http://mirror.example serves a broken file for MySQL: x_1.deb, Hash Sum mismatch. Nothing of it was kept. Run it again later, or name another mirror in /etc/apt/sources.list.d; or install it.")]
    [InlineData(
        "E: The repository 'http://mirror.example/debian bookworm InRelease' is not signed.",
        "The package mirror of this machine serves a broken file for MySQL: The repository 'http://mirror.example/debian bookworm InRelease' is not signed. Nothing of it was kept. Run it again later, or name another mirror in /etc/apt/sources.list.d; or install it.")]
    [InlineData(
        "E: Failed to fetch http://mirror.example/debian/pool/x_1.deb  404  Not Found [IP: 192.0.2.1 80]",
        "MySQL could not be downloaded from the package mirror http://mirror.example: 404  Not Found [IP: 192.0.2.1 80]. Mend that and run it again; or install it.")]
    [InlineData(
        "E: Unable to locate package mysql-server-core",
        "MySQL could not be downloaded from the package mirror of this machine: Unable to locate package mysql-server-core. Mend that and run it again; or install it.")]
    public void Failure_OfApt_IsOneLineWithTheMirrorTheReasonAndTheWayOut(string said, string line) => Assert.Equal(line, Of(said));

    [Fact]
    public void Failure_ForWantOfRoom_NamesTheFolderOfTheTools() => Assert.Equal(
        $"The disk of {_folder.Path} is full. Free some and run it again, or give a folder on another disk with --state: a first start needs 2.6 GB there, a later one 0.2 GB.",
        Of("E: Failed to fetch http://mirror.example/x.deb  Error writing to file - write (28: No space left on device)"));

    private string Of(string said) =>
        AptFailure.Of(_folder["apt-mysql"], new ToolResult(100, string.Empty, said), new AptPurpose("MySQL", "install it")).Message;
}
