using System.CommandLine;
using FooBar.AppHost.Artifacts;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar artifacts</c>: everything that a deployment puts on hosts, packed. Standard output has the report alone.</summary>
internal static class ArtifactsCommand
{
    private const string MySql = "mysql";

    public static Command Create()
    {
        Option<string?> output = new("--output") { Description = "Folder of the archives, each version in one of its own (default: artifacts in the state folder)", HelpName = "FOLDER" };
        FoobarCommand.RequireFolder(output);
        Command command = new("artifacts", "Build and pack what a deployment puts on hosts; prints where it lies as JSON") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StateFolder state = FoobarCommand.StateOf(parsed);
            state.Create();
            string folder = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine(state.Path, "artifacts"));
            using IDisposable? use = ToolsUse.Share(state.Tools);
            ArtifactReport report = await MakeAsync(new ArtifactFolder(folder), state, new LineProgress(Console.Error, TimeProvider.System), cancellationToken);
            Console.WriteLine(report.ToJson());
            return 0;
        });
        return command;
    }

    private static async Task<ArtifactReport> MakeAsync(ArtifactFolder folder, StateFolder state, IStartProgress progress, CancellationToken cancellationToken)
    {
        StepProgress services = new(progress, "Programs");
        StepProgress database = new(progress, "MySQL bundle");
        using IDisposable writing = await folder.LockAsync(() => services.Working("another foobar is packing; waiting for it"), cancellationToken);

        // Side by side, because the one waits for compilers and the other for a download; a failure of one ends the other.
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<(string Version, IReadOnlyDictionary<string, Artifact> Files)> programs = EndingOther(ProgramsAsync(folder, services, both.Token), both);
        Task<(string Version, Artifact File)> mysql = EndingOther(MySqlAsync(folder, state, database, both.Token), both);
        try
        {
            await Task.WhenAll(programs, mysql);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The one that failed says why; the other only that it was ended.
            await (programs.IsFaulted ? (Task)programs : mysql);
        }

        (string version, IReadOnlyDictionary<string, Artifact> files) = await programs;
        (string mysqlVersion, Artifact bundle) = await mysql;
        folder.Tidy(name => name.StartsWith(MySql + "-", StringComparison.Ordinal));
        folder.Tidy(name => !name.StartsWith(MySql + "-", StringComparison.Ordinal));
        Dictionary<string, Artifact> all = files.ToDictionary();
        all.Add(MySql, bundle);
        return new ArtifactReport(version, folder.Of(version), mysqlVersion, all);
    }

    private static async Task<(string, IReadOnlyDictionary<string, Artifact>)> ProgramsAsync(ArtifactFolder folder, StepProgress progress, CancellationToken cancellationToken)
    {
        string version = ServiceBuild.Version();
        IReadOnlyDictionary<string, Artifact>? files = folder.Find(version);
        if (files is null)
        {
            await ServiceBuild.RunAsync(
                version,
                async () => files = await folder.WriteAsync(version, ServiceBuild.Services.ToDictionary(service => service.Name, service => ServiceBuild.Published(service.Project)), cancellationToken),
                progress,
                cancellationToken);
        }
        else
        {
            progress.Done($"version {version} is there");
        }

        return (version, files!);
    }

    private static async Task<(string, Artifact)> MySqlAsync(ArtifactFolder folder, StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        MySqlInstallation mysql = await MySqlInstallation.ProvisionBundleAsync(state, progress, cancellationToken);
        MySqlBundle bundle = new(mysql);
        string version = bundle.Version();
        string name = $"{MySql}-{version}";
        IReadOnlyDictionary<string, Artifact>? files = folder.Find(name);
        if (files is null)
        {
            progress.Working("packing it");
            files = await folder.WriteAsync(name, new Dictionary<string, (string, IEnumerable<FileInfo>)> { [MySql] = (mysql.Home, bundle.Files()) }, cancellationToken);
        }

        progress.Done($"version {version}");
        return (version, files[MySql]);
    }

    private static async Task<T> EndingOther<T>(Task<T> work, CancellationTokenSource both)
    {
        try
        {
            return await work;
        }
        catch
        {
            await both.CancelAsync();
            throw;
        }
    }
}
