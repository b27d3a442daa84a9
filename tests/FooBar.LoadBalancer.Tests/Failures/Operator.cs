using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>A person who takes instances out and back by the gateway's admin API, and believes nothing but what the instances have noted.</summary>
/// <param name="folder">Where the notes are.</param>
internal sealed class Operator(string folder) : IDisposable
{
    /// <summary>Shorter than a call may take.</summary>
    private const string Patience = "15s";

    private readonly AdminClient _client = new();

    /// <summary>Has a gateway with these settings take orders.</summary>
    public void AddTo(Dictionary<string, string> environment)
    {
        environment["Gateway__Admin__TokenPath"] = _client.TokenPath;
        environment["Gateway__StatePath"] = _client.StatePath;
    }

    /// <summary>Takes one out, sees that no request reaches it while the site serves, brings it back, and sees that requests reach it again.</summary>
    /// <param name="admin">The gateway's admin port.</param>
    /// <param name="name">The instance.</param>
    /// <param name="state">How it is taken out: <c>drain</c> or <c>maintenance</c>.</param>
    /// <param name="serve">Ends when the site has served for a while.</param>
    public async Task TakeOutAndBackAsync(Uri admin, string name, string state, Func<Task> serve)
    {
        await OrderAsync(admin, name, state);

        // What maintenance sends elsewhere may be on the wire to this one already: it arrives now, or never. A drained one has ended what it had.
        if (state == "maintenance")
            await serve();
        long noted = Noted(name);
        await serve();
        Assert.True(noted == Noted(name), $"{name} got requests in {state}:\n{string.Join('\n', File.ReadAllText(OracleBackend.Notes(folder, name))[(int)noted..].Split('\n').Take(20))}");
        await OrderAsync(admin, name, "ready");
        await Eventually.TrueAsync(() => Noted(name) > noted, () => $"{name} gets no requests although it is ready");
    }

    public void Dispose() => _client.Dispose();

    private async Task OrderAsync(Uri admin, string name, string state)
    {
        AdminReply reply = await _client.SendAsync(
            admin, "PUT", $"/gateway/v1/backends/{name}/state?wait={Patience}", JsonSerializer.Serialize(new { state, reason = "a run of failures" }));
        Assert.True(reply.Status == 200 && reply["settled"] == "True" && reply["backend.state"] == state, reply.Text);
    }

    /// <summary>It writes down each request before it does anything, and nothing else.</summary>
    private long Noted(string name) => new FileInfo(OracleBackend.Notes(folder, name)).Length;
}
