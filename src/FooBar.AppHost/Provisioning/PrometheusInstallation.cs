using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>Prometheus with promtool: <c>bin/prometheus</c> and <c>bin/promtool</c> below <see cref="Home"/>. From FOOBAR_PROMETHEUS_HOME, PATH, or downloaded.</summary>
internal sealed record PrometheusInstallation(string Home)
{
    private static readonly AptPurpose Purpose = new("Prometheus", "install Prometheus and set FOOBAR_PROMETHEUS_HOME to the folder that holds its bin/prometheus and bin/promtool");

    private static readonly string[] Programs = ["prometheus", "promtool"];

    public string Server => Path.Combine(Home, "bin", "prometheus");

    public static async Task<PrometheusInstallation> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("FOOBAR_PROMETHEUS_HOME") is { Length: > 0 } given)
        {
            if (!await RunsAsync(given, cancellationToken))
            {
                throw new FoobarException($"FOOBAR_PROMETHEUS_HOME={given} has no bin/prometheus and bin/promtool that run. Correct it, or unset it and let foobar download them.");
            }

            progress.Done("Prometheus from FOOBAR_PROMETHEUS_HOME");
            return new PrometheusInstallation(given);
        }

        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, "prometheus.lock"), () => progress.Working("another foobar is downloading it; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, "prometheus");
        string? damaged = ToolManifest.Damage(home);
        if (damaged is not null)
        {
            progress.Working($"{damaged} is not as it was unpacked; all of it is made anew");
        }

        if (damaged is not null || !await RunsAsync(home, cancellationToken))
        {
            string partial = home + ".partial";
            foreach (string old in (string[])[partial, home])
            {
                if (Directory.Exists(old))
                {
                    Directory.Delete(old, recursive: true);
                }
            }

            try
            {
                await FillAsync(state, partial, progress, cancellationToken);
            }
            catch
            {
                ToolFolder.TryDelete(partial);
                throw;
            }

            Directory.Move(partial, home);
        }

        progress.Done("ready");
        return new PrometheusInstallation(home);
    }

    private static async Task FillAsync(StateFolder state, string partial, StepProgress progress, CancellationToken cancellationToken)
    {
        string[] onPath = [.. Programs.Select(Tool.FindInstalled).OfType<string>()];
        bool download = onPath.Length != Programs.Length;
        if (download)
        {
            AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
            using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-prometheus"), [mirror.Release], [], Purpose, progress, cancellationToken);
            IReadOnlyList<string> packages = await apt.DownloadOneAsync("prometheus", progress, cancellationToken);
            await AptRoot.UnpackAsync(packages, partial, progress, cancellationToken);
            onPath = [.. Programs.Select(program => Path.Combine("..", "usr", "bin", program))];
        }

        Directory.CreateDirectory(Path.Combine(partial, "bin"));
        foreach (string program in onPath)
        {
            File.CreateSymbolicLink(Path.Combine(partial, "bin", Path.GetFileName(program)), program);
        }

        if (download)
        {
            await ToolFolder.SealAsync(partial, cancellationToken);
        }

        if (!await RunsAsync(partial, cancellationToken))
        {
            throw new FoobarException("The downloaded Prometheus does not run here. Install prometheus and put it on PATH, or set FOOBAR_PROMETHEUS_HOME.");
        }
    }

    private static async Task<bool> RunsAsync(string home, CancellationToken cancellationToken)
    {
        foreach (string program in Programs)
        {
            string path = Path.Combine(home, "bin", program);
            if (!File.Exists(path) || (await Tool.RunAsync(path, ["--version"], cancellationToken)).ExitCode != 0)
            {
                return false;
            }
        }

        return true;
    }
}
