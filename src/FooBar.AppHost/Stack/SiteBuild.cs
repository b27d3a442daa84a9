using FooBar.AppHost.Machine;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Stack;

/// <summary>The published gateway and site: built when a source changed, under a lock that two stacks of one checkout share.</summary>
internal static class SiteBuild
{
    private static readonly string[] Sources = ["src/FooBar.LoadBalancer", "src/FooBar.Web", "src/FooBar.Data", "src/FooBar.MySql", "src/FooBar.ServiceDefaults"];

    /// <summary>The folder of a published project, its name given without the FooBar prefix.</summary>
    public static string Folder(string project) => Path.Combine(Checkout.Artifacts, "publish", $"FooBar.{project}", "release");

    public static string Assembly(string project) => Path.Combine(Folder(project), $"FooBar.{project}.dll");

    public static async Task RunAsync(StepProgress progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Checkout.Artifacts);
        using IDisposable building = await FileLock.TakeAsync(
            Path.Combine(Checkout.Artifacts, "build.lock"), () => progress.Working("another foobar of this checkout is building; waiting for it"), cancellationToken);
        SourceStamp stamp = new(Path.Combine(Checkout.Artifacts, "site.stamp"), Sources);
        if (stamp.IsCurrent() && File.Exists(Assembly("LoadBalancer")) && File.Exists(Assembly("Web")))
        {
            progress.Done("up to date");
            return;
        }

        // A build that was interrupted may have left half a file that is newer than its source.
        string begun = Path.Combine(Checkout.Artifacts, "site.stamp.new");
        bool all = File.Exists(begun);
        await File.WriteAllTextAsync(begun, string.Empty, cancellationToken);
        foreach ((string project, string title, double fraction) in ((string, string, double)[])[("LoadBalancer", "gateway", 0.1), ("Web", "site", 0.5)])
        {
            progress.At(fraction, $"building the {title}");
            if (all)
            {
                await Dotnet.RunAsync($"The {title}", ["build", $"src/FooBar.{project}/FooBar.{project}.csproj", "-c", "Release", "--no-incremental", "--nologo", "-v", "quiet"], cancellationToken);
            }

            await Dotnet.RunAsync($"The {title}", ["publish", $"src/FooBar.{project}/FooBar.{project}.csproj", "-c", "Release", "--nologo", "-v", "quiet"], cancellationToken);
        }

        stamp.Save();
        File.Delete(begun);
        progress.Done("built");
    }
}
