using System.Text.RegularExpressions;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Provisioning;

/// <summary>What packages are downloaded for, in words for who must do without them.</summary>
/// <param name="What">What they are: <c>MySQL</c>.</param>
/// <param name="Instead">How to do without the download, as the end of a sentence.</param>
internal sealed record AptPurpose(string What, string Instead);

/// <summary>Turns what apt says, in up to thirty lines, into the one that the user needs: what failed, for what, and the way out.</summary>
internal static partial class AptFailure
{
    private static readonly string[] Unreachable =
        ["resolving", "resolve", "onnect", "timed out", "nreachable", "Connection refused", "Connection reset", "Connection failed"];

    private static readonly string[] Broken =
        ["Hash Sum mismatch", "unexpected size", "Clearsigned file", "invalid signature", "signatures were invalid", "signatures couldn't be verified", "not signed", "no longer signed", "Undetermined Error", "Encountered a section", "Unable to parse", "Sub-process"];

    /// <param name="folder">Where apt was writing.</param>
    /// <param name="result">What it left behind.</param>
    /// <param name="purpose">What it was downloading for.</param>
    public static FoobarException Of(string folder, ToolResult result, AptPurpose purpose)
    {
        string reason = FirstReason(result);
        if (DiskSpace.IsFull(folder) || result.Error.Contains("No space left on device", StringComparison.Ordinal))
        {
            return DiskSpace.Error(Path.GetDirectoryName(folder)!, new FoobarException(reason));
        }

        Match fetch = Fetch().Match(reason);
        string mirror = fetch.Success && Uri.TryCreate(fetch.Groups["url"].Value, UriKind.Absolute, out Uri? url) ? $"{url.Scheme}://{url.Authority}" : "of this machine";
        string why = (fetch.Success ? fetch.Groups["why"].Value : reason).Trim().TrimEnd('.');
        return new FoobarException(Says(Broken, why)
            ? $"The package mirror {mirror} serves a broken file for {purpose.What}: {(fetch.Success ? $"{Path.GetFileName(fetch.Groups["url"].Value)}, {why}" : why)}. Nothing of it was kept. Run it again later, or name another mirror in /etc/apt/sources.list.d; or {purpose.Instead}."
            : Says(Unreachable, why)
                ? $"The package mirror {mirror} could not be reached to download {purpose.What}: {why}. Connect this machine to the network and run it again; or {purpose.Instead}."
                : $"{purpose.What} could not be downloaded from the package mirror {mirror}: {why}. Mend that and run it again; or {purpose.Instead}.");
    }

    private static bool Says(string[] words, string reason) => words.Any(word => reason.Contains(word, StringComparison.Ordinal));

    /// <summary>The first error; of several, apt prints the cause before what follows from it.</summary>
    private static string FirstReason(ToolResult result) =>
        result.Error.Split('\n').FirstOrDefault(line => line.StartsWith("E: ", StringComparison.Ordinal))?[3..] ?? result.Reason;

    [GeneratedRegex(@"^Failed to fetch (?<url>\S+)\s+(?<why>.+)$")]
    private static partial Regex Fetch();
}
