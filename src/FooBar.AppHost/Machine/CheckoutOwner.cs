using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Machine;

/// <summary>
/// What root wrote into the checkout of another user is given back to that user: after <c>sudo ./foobar lab deploy</c> a build without sudo
/// would otherwise be refused its own files.
/// </summary>
internal static class CheckoutOwner
{
    /// <summary>Gives back what belongs to root in <c>artifacts</c> and in the state folder, if that lies in the checkout; labs stay root's, as their hosts' files are.</summary>
    /// <param name="checkout">The folder whose owner counts; nothing happens when it is root's, or we are not root.</param>
    /// <param name="state">The state folder.</param>
    public static async Task GiveBackAsync(string checkout, string state)
    {
        if (!Environment.IsPrivilegedProcess || await OwnerAsync(checkout) is not { } owner || owner.StartsWith("0:", StringComparison.Ordinal))
        {
            return;
        }

        await GiveAsync(owner, [Path.Combine(checkout, "artifacts")]);
        if (state.StartsWith(checkout + "/", StringComparison.Ordinal) && Directory.Exists(state))
        {
            await GiveAsync(owner, [state], "-maxdepth", "0");
            await GiveAsync(owner, [.. Directory.GetFileSystemEntries(state).Where(entry => !Path.GetFileName(entry).StartsWith("lab", StringComparison.Ordinal))]);
        }
    }

    private static async Task<string?> OwnerAsync(string folder) =>
        await Tool.RunAsync("stat", ["--format=%u:%g", folder], CancellationToken.None) is { ExitCode: 0 } stat ? stat.Output.Trim() : null;

    private static async Task GiveAsync(string owner, IReadOnlyList<string> places, params string[] depth)
    {
        string[] existing = [.. places.Where(Path.Exists)];
        if (existing.Length > 0)
        {
            await Tool.RunAsync("find", [.. existing, .. depth, "-user", "0", "-exec", "chown", "--no-dereference", owner, "{}", "+"], CancellationToken.None);
        }
    }
}
