namespace FooBar.AppHost.Provisioning;

/// <summary>
/// The libraries that a downloaded program takes from the machine: the C library, by whose loader it is run, and OpenSSL, without which .NET does
/// not run either. So whatever is compared encrypts with the same code.
/// </summary>
internal static class MachineLibraries
{
    /// <summary>Their packages under each name that they have had, and other packages that a program names and does not need to run.</summary>
    public static IReadOnlyList<string> Of(params IEnumerable<string> others) => ["libc6", "libssl3", "libssl3t64", .. others];
}
