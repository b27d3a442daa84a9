using System.Runtime.InteropServices;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Artifacts;

/// <summary>The programs that run on hosts, each a file with the runtime in it, built by src/Services.proj.</summary>
internal static class ServiceBuild
{
    // Services.proj builds the keeper where it is there.
    private static readonly (string Name, string Project)[] All = [("gateway", "FooBar.LoadBalancer"), ("web", "FooBar.Web"), ("keeper", "FooBar.GroupKeeper")];

    private static readonly string[] Libraries = ["FooBar.Data", "FooBar.MySql", "FooBar.ServiceDefaults"];

    private static string Output => Path.Combine(Checkout.Artifacts, "services");

    /// <summary>What is published: the name that a host knows it by, and its project.</summary>
    public static IReadOnlyList<(string Name, string Project)> Services { get; } =
        [.. All.Where(service => Directory.Exists(Path.Combine(Checkout.Root, "src", service.Project)))];

    /// <summary>The version of the sources as they are now.</summary>
    public static string Version() => SourceVersion.Of(
        Checkout.Root, [.. Services.Select(service => service.Project).Concat(Libraries).Select(project => "src/" + project)], RuntimeInformation.FrameworkDescription);

    /// <summary>The files of a published project.</summary>
    public static (string Root, IEnumerable<FileInfo> Files) Published(string project)
    {
        DirectoryInfo root = new(Path.Combine(Output, "publish", project, "release_linux-x64"));
        return (root.FullName, root.EnumerateFiles("*", SearchOption.AllDirectories));
    }

    /// <summary>Publishes all of them; what <see cref="Published"/> lists is theirs until <paramref name="take"/> has returned.</summary>
    /// <exception cref="FoobarException">They do not build, or changed meanwhile: then nobody knows of what they are made.</exception>
    public static async Task RunAsync(string version, Func<Task> take, StepProgress progress, CancellationToken cancellationToken)
    {
        using IDisposable building = await FileLock.TakeAsync(
            Path.Combine(Checkout.Artifacts, "services.lock"), () => progress.Working("another foobar of this checkout is building; waiting for it"), cancellationToken);

        // A build that was interrupted may have left half a file that is newer than its source.
        string begun = Path.Combine(Checkout.Artifacts, "services.begun");
        string stale = File.Exists(begun) ? Output : Path.Combine(Output, "publish");
        if (Directory.Exists(stale))
        {
            Directory.Delete(stale, recursive: true);
        }

        await File.WriteAllTextAsync(begun, string.Empty, cancellationToken);
        progress.Working("building them");
        await Dotnet.RunAsync(
            "What runs on hosts", ["msbuild", "src/Services.proj", "-restore", "-t:Publish", "-m", "-nodeReuse:false", "-nologo", "-v:quiet"], cancellationToken);
        if (Version() != version)
        {
            throw new FoobarException("The sources changed while they were built. Run it again.");
        }

        File.Delete(begun);
        progress.Working("packing them");
        await take();
        progress.Done($"version {version}");
    }
}
