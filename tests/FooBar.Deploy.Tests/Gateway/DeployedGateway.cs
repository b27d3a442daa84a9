using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;

namespace FooBar.Deploy.Tests.Gateway;

/// <summary>What a deployment leaves on the gateway's host, in a folder, and the real gateway with it: its settings, its credentials, and the operator's.</summary>
internal sealed class DeployedGateway : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificates _certificates = new();
    private readonly Dictionary<string, string> _settings;
    private Process? _process;

    /// <summary>Puts everything in place.</summary>
    /// <param name="rendered">Ansible's settings; their folders become this one's.</param>
    public DeployedGateway(RenderedGateway rendered)
    {
        foreach (string folder in (string[])["credentials", "certificates", "run", "state"])
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, folder));
        }

        // What the unit passes on, under the names that it gives them.
        File.Copy(_certificates.AuthorityPath, In("run/ca.crt"));
        Place(_certificates.Issue("127.0.0.1"), "run/admin");
        string token = RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n";
        foreach (string file in (string[])["run/gateway_admin", "credentials/gateway_admin"])
        {
            File.WriteAllText(In(file), token);
            File.SetUnixFileMode(In(file), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        // What it reads itself, and what the operator shows.
        File.Copy(_certificates.AuthorityPath, In("ca.crt"));
        Place(_certificates.Issue([.. rendered.Hosts]), "certificates/gateway");
        Place(_certificates.IssueForClient("edge-1-gateway"), "certificates/gateway-client");
        Place(_certificates.IssueForClient("operator"), "certificates/gateway-operator");
        File.WriteAllText(In("gateway.json"), Here(rendered.Json));

        _settings = rendered.Settings.ToDictionary(setting => setting.Key, setting => Here(setting.Value));
        _settings["Admin__Address"] = "127.0.0.1";
        _settings["Admin__Port"] = $"{FreePorts.Next()}";
        _settings["Gateway__Addresses__0"] = "127.0.0.1";
        _settings["Gateway__HttpsPort"] = _settings["Gateway__HttpPort"] = "0";
        File.WriteAllLines(In("gateway.env"), ["# settings", .. _settings.Select(setting => $"{setting.Key}={setting.Value}")]);
    }

    private static string Program { get; } = Path.Combine(
        RepositoryRoot.Path, "artifacts", "bin", "FooBar.LoadBalancer", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "FooBar.LoadBalancer.dll");

    /// <summary>What it has written while it ran.</summary>
    public string Log => File.Exists(In("log")) ? File.ReadAllText(In("log")) : "";

    /// <summary>Asks the gateway whether it could start with all that.</summary>
    public async Task<(int ExitCode, string Output)> CheckAsync() => Lines(await TestProcess.RunAsync(
        "dotnet", [Program, "--check"], TestContext.Current.CancellationToken, start => Set(start.Environment)));

    /// <summary>Starts it, and waits until it serves.</summary>
    public async Task StartAsync()
    {
        _process = await TestProcess.StartAsync("KILL", "/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", In("log"), "dotnet", Program], start => Set(start.Environment));
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (!Log.Contains("Application started", StringComparison.Ordinal))
        {
            Assert.False(_process.HasExited, Log);
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Calls the script that the deployment puts on the host.</summary>
    public Task<(int ExitCode, string Output)> CallAsync(params IEnumerable<string> arguments) => CallAsync(_folder.Path, arguments);

    /// <summary>Calls it where the settings lie elsewhere.</summary>
    public static async Task<(int ExitCode, string Output)> CallAsync(string settings, params IEnumerable<string> arguments) => Lines(await TestProcess.RunAsync(
        "python3",
        [Path.Combine(RepositoryRoot.Path, "deploy", "roles", "gateway", "files", "foobar-gateway"), .. arguments],
        TestContext.Current.CancellationToken,
        start =>
        {
            start.Environment["FOOBAR_SETTINGS"] = settings;
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        }));

    /// <summary>A file or folder of it.</summary>
    public string In(string name) => Path.Combine(_folder.Path, name);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _certificates.Dispose();
        _folder.Dispose();
    }

    /// <summary>The two outputs come together in no order of their own, and the end of each as an empty line: standard output's lines and error's are told apart by what they begin with.</summary>
    private static (int, string) Lines((int ExitCode, string Output) result)
    {
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int error = Array.FindIndex(lines, line => line.StartsWith("foobar-gateway: ", StringComparison.Ordinal));
        IEnumerable<string> ordered = error < 0 ? lines : lines.Where((line, i) => i < error || !IsError(i)).Concat(lines.Where((_, i) => IsError(i)));
        return (result.ExitCode, string.Concat(ordered.Select(line => line + "\n")));

        bool IsError(int i) => i >= error && (i == error || lines[i].StartsWith("  ", StringComparison.Ordinal));
    }

    private string Here(string text) => text
        .Replace(RenderedGateway.Credentials, In("run/"), StringComparison.Ordinal)
        .Replace(RenderedGateway.State, In("state/"), StringComparison.Ordinal)
        .Replace(RenderedGateway.Etc, _folder.Path + "/", StringComparison.Ordinal);

    private void Set(IDictionary<string, string?> environment)
    {
        foreach ((string name, string value) in _settings)
        {
            environment[name] = value;
        }
    }

    /// <summary>As the certificates role leaves it: the certificate, then the authority.</summary>
    private void Place(X509Certificate2 certificate, string name)
    {
        using (certificate)
        {
            (string certificatePath, string keyPath) = _certificates.Write(certificate);
            File.WriteAllText(In(name + ".crt"), File.ReadAllText(certificatePath) + File.ReadAllText(_certificates.AuthorityPath));
            File.Move(keyPath, In(name + ".key"));
        }
    }
}
