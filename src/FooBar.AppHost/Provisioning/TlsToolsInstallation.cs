using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// By what the tests of the gateway judge its TLS: <c>bin/openssl</c> and <c>bin/testssl</c>. From FOOBAR_TLS_TOOLS_HOME, PATH, or downloaded
/// without root; then openssl runs on the machine's libssl, on which .NET runs too.
/// </summary>
internal static class TlsToolsInstallation
{
    // bsdextrautils has hexdump, by which testssl reads what a server sends. Resolvers would bring libraries, and names are not asked for.
    private static readonly PackagedPrograms Packaged = new(
        "tls",
        "FOOBAR_TLS_TOOLS_HOME",
        ["openssl", "testssl"],
        ["openssl", "testssl.sh", "bsdextrautils"],
        new AptPurpose("openssl and testssl", "install openssl and testssl.sh and set FOOBAR_TLS_TOOLS_HOME to the folder that holds bin/openssl and bin/testssl"))
    {
        VersionArgument = program => program == "openssl" ? "version" : "--version",
        Place = (home, program, cancellationToken) =>
            program == "testssl" ? WrapAsync(home, cancellationToken) : PackagedPrograms.LinkAsync(home, program, cancellationToken),
    };

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        Packaged.ProvisionAsync(state, progress, cancellationToken);

    private static async Task WrapAsync(string home, CancellationToken cancellationToken)
    {
        await WriteAsync(
            Path.Combine(home, "bin", "testssl"),
            """
            #!/bin/sh
            home=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
            TESTSSL_INSTALL_DIR=$home/etc/testssl PATH=$home/resolver:$home/usr/bin:$PATH exec "$home/usr/bin/testssl" "$@"

            """,
            cancellationToken);

        // It does not start without a resolver, also where it is given an address.
        Directory.CreateDirectory(Path.Combine(home, "resolver"));
        await WriteAsync(Path.Combine(home, "resolver", "nslookup"), "#!/bin/sh\n# Knows no name.\nexit 1\n", cancellationToken);
    }

    private static async Task WriteAsync(string path, string script, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path, script, cancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
    }
}
