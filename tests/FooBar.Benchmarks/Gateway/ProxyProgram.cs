using System.Text.RegularExpressions;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Provisioning;
using FooBar.Testing;

namespace FooBar.Benchmarks.Gateway;

/// <summary>A proxy that takes part.</summary>
/// <param name="Name">As it is reported.</param>
/// <param name="Program">What says its version with <c>-v</c>; null for ours.</param>
/// <param name="LaunchAsync">Writes what it is to do and says how it is started.</param>
internal sealed partial record ProxyProgram(string Name, string? Program, Func<ProxyJob, CancellationToken, Task<ProxyLaunch>> LaunchAsync)
{
    /// <summary>Ours, as it is reported.</summary>
    public const string Ours = "FooBar";

    /// <summary>Our gateway once more, as it is reported.</summary>
    public const string Baseline = "baseline";

    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Whether it is a build of our gateway.</summary>
    public bool IsGateway => Program is null;

    /// <summary>Everything that takes part in a plan, ours first.</summary>
    public static IReadOnlyList<ProxyProgram> Of(GatewayPlan plan) =>
    [
        Gateway(Ours, Build, plan.Environment, plan.Settings),
        .. from peer in ProxyInstallation.All let program = Find(peer) where program is not null select Peer(peer.Name, program),
        .. plan.Baseline is { } baseline ? (ProxyProgram[])[Gateway(Baseline, baseline, [], [])] : [],
    ];

    /// <summary>The peers that are not there.</summary>
    public static IReadOnlyList<ProxyInstallation> Absent => [.. ProxyInstallation.All.Where(peer => Find(peer) is null)];

    /// <summary>Our gateway as it was built beside this program.</summary>
    private static string Build => Path.Combine(
        RepositoryRoot.Path, "artifacts", "bin", "FooBar.LoadBalancer", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "FooBar.LoadBalancer.dll");

    private static ProxyProgram Gateway(string name, string build, IReadOnlyList<string> environment, IReadOnlyList<string> settings) => new(name, null, (job, _) =>
    {
        if (!File.Exists(build)) throw new BenchmarkException($"there is no {build}: build src/FooBar.LoadBalancer.");

        Dictionary<string, string> variables = new(GatewaySettings.Of(job, FreePorts.Next(), FreePorts.Next()));
        foreach (string[] pair in environment.Select(pair => pair.Split('=', 2))) variables[pair[0]] = pair[1];
        return Task.FromResult(new ProxyLaunch(Dotnet.Program, [build, .. settings.Select(setting => "--" + setting)], variables));
    });

    private static string? Find(ProxyInstallation peer) =>
        Environment.GetEnvironmentVariable(peer.Variable) is { Length: > 0 } home ? Path.Combine(home, "bin", peer.Name) : null;

    private static ProxyProgram Peer(string name, string program) =>
        new(name, program, name == "haproxy" ? (job, token) => HaproxyAsync(program, job, token) : (job, token) => NginxAsync(program, job, token));

    private static async Task<ProxyLaunch> HaproxyAsync(string program, ProxyJob job, CancellationToken cancellationToken)
    {
        string[] parts = [await File.ReadAllTextAsync(job.Certificate.CertificatePath, cancellationToken), await File.ReadAllTextAsync(job.Certificate.KeyPath, cancellationToken)];
        await File.WriteAllTextAsync(job["edge.pem"], string.Join('\n', parts), cancellationToken);
        await File.WriteAllTextAsync(job["haproxy.cfg"], HaproxyConfiguration.Of(job), cancellationToken);
        return new ProxyLaunch(program, ["-db", "-f", job["haproxy.cfg"]], Nothing);
    }

    private static async Task<ProxyLaunch> NginxAsync(string program, ProxyJob job, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(job["nginx.conf"], NginxConfiguration.Of(job), cancellationToken);
        return new ProxyLaunch(program, ["-e", "stderr", "-p", job.Folder, "-c", job["nginx.conf"]], Nothing) { HasWorkers = true };
    }

    /// <summary>The version that a program says it has.</summary>
    public static async Task<string> VersionAsync(string program, string argument, CancellationToken cancellationToken)
    {
        (_, string output) = await TestProcess.RunAsync(program, [argument], cancellationToken);
        Match version = Version().Match(output);
        return version.Success ? version.Value : throw new BenchmarkException($"{program} {argument} says '{output.Trim()}'.");
    }

    /// <summary>Why our gateway will not do what it would be told; null when it will.</summary>
    public static async Task<string?> RefusalAsync(ProxyLaunch launch, CancellationToken cancellationToken)
    {
        (int code, string output) = await TestProcess.RunAsync(launch.Program, [.. launch.Arguments, "--check"], cancellationToken, start =>
        {
            foreach ((string variable, string value) in launch.Environment) start.Environment[variable] = value;
        });
        return code == 0 ? null : output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? $"exit code {code}";
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Version();
}
