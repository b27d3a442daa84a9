using System.Diagnostics;
using System.Text.Json;
using FooBar.MySql;

namespace FooBar.Testing.Site;

/// <summary>One process of a running site.</summary>
/// <param name="Name">Its name, such as <c>web-1</c>.</param>
/// <param name="Url">Where it serves.</param>
/// <param name="Admin">Where its metrics are.</param>
public sealed record SiteProcess(string Name, Uri Url, Uri Admin);

/// <summary>One database member of a running site.</summary>
/// <param name="Name">Its name, such as <c>db-1</c>.</param>
/// <param name="Host">Its address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Role"><c>primary</c> or <c>replica</c>.</param>
public sealed record SiteDatabase(string Name, string Host, int Port, string Role);

/// <summary>
/// The whole site, put up by <c>./foobar up</c> for a test assembly, on free ports and with a state folder of its own; the downloaded
/// programs are shared. It runs in the foreground as a child: when the tests die, it takes itself down.
/// </summary>
public sealed class RunningSite : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(180);

    private readonly string[] _options;
    private Process _process = null!;
    private Task<string> _output = null!;

    private RunningSite(string stateFolder, string[] options) => (StateFolder, _options) = (stateFolder, options);

    /// <summary>The state folder.</summary>
    public string StateFolder { get; }

    /// <summary>The CA that signed every certificate of the site.</summary>
    public string CaCertificatePath => Path.Combine(StateFolder, "certs", "ca.crt");

    /// <summary>The gateway.</summary>
    public SiteProcess Gateway { get; private set; } = null!;

    /// <summary>The web instances, by name.</summary>
    public IReadOnlyList<SiteProcess> Web { get; private set; } = [];

    /// <summary>The database members, by name.</summary>
    public IReadOnlyList<SiteDatabase> Db { get; private set; } = [];

    /// <summary>Prometheus.</summary>
    public Uri Prometheus { get; private set; } = null!;

    /// <summary>The plain-HTTP address, which redirects.</summary>
    public Uri Http { get; private set; } = null!;

    /// <summary>Puts it up; on failure everything is taken down again and the exception carries what the command said.</summary>
    public static async Task<RunningSite> StartAsync(CancellationToken cancellationToken, params string[] options)
    {
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts", "test-state");
        await RemoveLeftoversAsync(folder, cancellationToken);
        string stateFolder = Path.Combine(folder, Guid.NewGuid().ToString("N")[..8]);
        int offset = FreeOffset();
        RunningSite site = new(stateFolder, ["--port-offset", $"{offset}", .. options]) { Http = new Uri($"http://localhost:{8080 + offset}") };
        await site.UpAsync(cancellationToken);
        return site;
    }

    /// <summary>How often it was put up.</summary>
    public int Starts { get; private set; }

    /// <summary>Takes everything down and puts it up again, with the same data at the same addresses.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        (int exitCode, string output) = await CommandAsync(StateFolder, cancellationToken, "down");
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"The stack in {StateFolder} could not be taken down: {output}");
        }

        await _process.WaitForExitAsync(cancellationToken);
        _process.Dispose();
        await UpAsync(cancellationToken);
    }

    /// <summary>Takes everything down and tries to put it up again; for an <c>up</c> that fails. Returns its exit code and what it said.</summary>
    public async Task<(int ExitCode, string Output)> DownAndUpAsync(CancellationToken cancellationToken)
    {
        await CommandAsync(StateFolder, cancellationToken, "down");
        return await CommandAsync(StateFolder, cancellationToken, ["up", "--detach", .. _options]);
    }

    /// <summary>Takes everything down and removes the state folder.</summary>
    public async ValueTask DisposeAsync()
    {
        (int exitCode, string output) = await CommandAsync(StateFolder, CancellationToken.None, "down", "--purge");
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (exitCode != 0 || Directory.Exists(StateFolder))
        {
            throw new InvalidOperationException($"The stack in {StateFolder} could not be taken down: {output}");
        }
    }

    /// <summary>Runs a foobar command on a state folder; returns its exit code and what it wrote.</summary>
    public static Task<(int ExitCode, string Output)> CommandAsync(string stateFolder, CancellationToken cancellationToken, params string[] arguments) =>
        TestProcess.RunAsync(Path.Combine(RepositoryRoot.Path, "foobar"), [.. arguments, "--state", stateFolder], cancellationToken);

    /// <summary>A connection of the account to one member; not pooled, and the caller closes it.</summary>
    public async Task<MySqlConnection> OpenAsync(SiteDatabase member, string account, CancellationToken cancellationToken)
    {
        MySqlConnection connection = new(new MySqlConnectionStringBuilder
        {
            ["Server"] = member.Host,
            ["Port"] = member.Port,
            ["User ID"] = account,
            ["Password File"] = Path.Combine(StateFolder, "secrets", $"{account}.password"),
            ["Ssl Ca"] = CaCertificatePath,
        }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Does something while the supervisor is frozen, so that it repairs nothing meanwhile.</summary>
    public async Task WithoutRepairAsync(Func<Task> work)
    {
        await Signals.FreezeAsync(_process.Id);
        try
        {
            await work();
        }
        finally
        {
            await Signals.ThawAsync(_process.Id);
        }
    }

    /// <summary>The last lines of every process's log, for the message of a failed test.</summary>
    public async Task<string> LogsAsync() => (await CommandAsync(StateFolder, CancellationToken.None, "logs")).Output;

    private static async Task RemoveLeftoversAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (string leftover in Directory.GetDirectories(folder))
        {
            // A stack that lives belongs to another test run of this checkout.
            if ((await CommandAsync(leftover, cancellationToken, "status")).ExitCode != 0)
            {
                await CommandAsync(leftover, cancellationToken, "down", "--purge");
            }
        }
    }

    /// <summary>An offset at which no port of a stack is taken; random, so that two test runs seldom try the same.</summary>
    private static int FreeOffset()
    {
        int[] standard = [8443, 8080, 9600, 9090, 7001, 7002, 7003, 9611, 9612, 9613, 13306, 13307, 13308, 23306, 23307, 23308];
        for (int attempt = 0; attempt < 100; attempt++)
        {
            // Below 32768 with the largest port: above it the kernel hands out ports to outgoing connections.
            int offset = Random.Shared.Next(1, 90) * 100;
            if (standard.All(port => FreePorts.IsFree(port + offset)))
            {
                return offset;
            }
        }

        throw new InvalidOperationException("No hundred free ports were found for a test stack in 100 attempts.");
    }

    private async Task UpAsync(CancellationToken cancellationToken)
    {
        Starts++;
        _process = await TestProcess.StartAsync(
            "TERM",
            Path.Combine(RepositoryRoot.Path, "foobar"),
            ["up", "--state", StateFolder, .. _options],
            start =>
            {
                start.RedirectStandardOutput = true;
                start.RedirectStandardError = true;
                start.Environment.TryAdd("FOOBAR_TOOLS", Path.Combine(RepositoryRoot.Path, ".foobar", "tools"));
            });
        _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await WaitUntilUpAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            string logs = await LogsAsync();
            await DisposeAsync();
            throw new InvalidOperationException($"The site did not come up ({exception.Message}). It said:\n{await _output}\nIts logs:\n{logs}", exception);
        }
    }

    private async Task WaitUntilUpAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartDeadline);
        string record = Path.Combine(StateFolder, "run", "stack.json");
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        while (!(File.Exists(record) && (await File.ReadAllTextAsync(record, deadline.Token)).Contains("\"phase\":\"running\"", StringComparison.Ordinal)))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"./foobar up ended with exit code {_process.ExitCode}:\n{await _output}\n{await _process.StandardError.ReadToEndAsync(CancellationToken.None)}");
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }

        (_, string json) = await CommandAsync(StateFolder, cancellationToken, "status", "--json");
        using JsonDocument status = JsonDocument.Parse(json);
        JsonElement root = status.RootElement;
        Gateway = ReadProcess(root.GetProperty("gateway"), "gateway");
        Web = [.. root.GetProperty("web").EnumerateArray().Select(web => ReadProcess(web, web.GetProperty("name").GetString()!))];
        Db = [.. root.GetProperty("db").EnumerateArray().Select(db => new SiteDatabase(db.GetProperty("name").GetString()!, db.GetProperty("host").GetString()!, db.GetProperty("port").GetInt32(), db.GetProperty("role").GetString()!))];
        Prometheus = new Uri(root.GetProperty("prometheus").GetProperty("url").GetString()!);
    }

    private static SiteProcess ReadProcess(JsonElement element, string name) =>
        new(name, new Uri(element.GetProperty("url").GetString()!), new Uri(element.GetProperty("admin").GetString()!));
}
