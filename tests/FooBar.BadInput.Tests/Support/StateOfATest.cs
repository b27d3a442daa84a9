using System.Globalization;
using System.Net;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.BadInput.Tests.Support;

/// <summary>A state folder of one test with ports that nobody has; whatever still runs there is taken down with it.</summary>
internal sealed class StateOfATest : IAsyncDisposable
{
    private readonly string _folder;

    /// <param name="name">The state folder's own name.</param>
    public StateOfATest(string name = "state")
    {
        _folder = System.IO.Path.Combine(RepositoryRoot.Path, "artifacts", "bad-input", Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(_folder);
        State = new StateFolder(System.IO.Path.Combine(_folder, name));
        Options = Free();
    }

    public StateFolder State { get; }

    public string Path => State.Path;

    /// <summary>One instance and one database: the smallest stack, and the quickest to start.</summary>
    public StackOptions Options { get; }

    /// <summary>A folder beside the state, for whatever else the test needs.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_folder, name);

    /// <summary>The arguments of <c>up</c> for this state and these ports.</summary>
    public string[] Up(params string[] more) =>
        ["up", "--state", Path, "--web", "1", "--db", "1", "--port-offset", Options.PortOffset.ToString(CultureInfo.InvariantCulture), .. more];

    public Task<FoobarResult> UpAsync(params string[] more) => Foobar.RunAsync(Up(more));

    public Task<FoobarResult> DownAsync(params string[] more) => Foobar.RunAsync(["down", "--state", Path, .. more]);

    /// <summary>That the next start works: up, answering, and down again.</summary>
    public async Task AssertNextUpWorksAsync(Dictionary<string, string?>? environment = null)
    {
        FoobarResult up = await Foobar.RunAsync(environment ?? [], Up("--detach"));
        Assert.True((up.ExitCode, up.Error) == (0, string.Empty), $"The next up ended with {up.ExitCode}:\n{up.Output}\n{up.Error}\n{Log("web-1")}\n{Log("db-1")}");
        using (HttpClient http = VerifiedHttp.Create(new Uri($"https://localhost:{Options.Ports.Https}"), State.CaCertificate))
        {
            using HttpResponseMessage page = await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }

        (await DownAsync()).AssertDone();
        Foobar.AssertNothingRunsIn(Path);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(System.IO.Path.Combine(Path, "version")))
        {
            await DownAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string Log(string process) => File.Exists(State.Log(process)) ? string.Join('\n', File.ReadLines(State.Log(process)).TakeLast(20)) : string.Empty;

    /// <summary>Random, so that tests side by side seldom try the same; below the ports that the kernel hands out to outgoing connections.</summary>
    private static StackOptions Free()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            StackOptions options = new() { Web = 1, Db = 1, PortOffset = Random.Shared.Next(1, 9000) };
            if (options.Problem() is null && options.Ports.All().All(use => FreePorts.IsFree(use.Port)))
            {
                return options;
            }
        }

        throw new InvalidOperationException("In 100 attempts no offset was found at which every port is free.");
    }
}
