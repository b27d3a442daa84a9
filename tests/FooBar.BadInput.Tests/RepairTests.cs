using System.Security.Cryptography.X509Certificates;
using FooBar.BadInput.Tests.Support;
using FooBar.Testing;

namespace FooBar.BadInput.Tests;

/// <summary>One stack that was up: what another start says of its ports while it runs, and what is mended by itself after it.</summary>
public sealed class RepairTests
{
    [Fact]
    public async Task Up_AfterEveryFileThatCanBeMadeAnewWasDamaged_WorksAndKeepsTheAuthority()
    {
        // A name that every configuration file has to quote.
        await using StateOfATest state = new("it's a #1; state");
        (await state.UpAsync("--detach")).AssertDone();
        await AssertAnotherStackIsToldAsync(state);
        (await state.DownAsync()).AssertDone();
        string authority = await File.ReadAllTextAsync(state.State.CaCertificate, TestContext.Current.CancellationToken);

        Swap(Certificate(state, "gateway.key"), Certificate(state, "web-1.key"));
        Truncate(Certificate(state, "web-1.crt"));
        UseAnothers(state);
        File.Delete(Path.Combine(state.State.Member(1), "my.cnf"));
        await File.WriteAllTextAsync(state.State.RuntimeFile, "{}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(state.Path, "group-name"), "no uuid", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(state.State.Prometheus, "prometheus.yml"), "\0", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(state.State.Member(1), "data.partial", "half"));

        await state.AssertNextUpWorksAsync();
        Assert.Equal(authority, await File.ReadAllTextAsync(state.State.CaCertificate, TestContext.Current.CancellationToken));

        (await state.DownAsync("--purge")).AssertDone();
        Assert.False(Directory.Exists(state.Path));
    }

    /// <summary>Another stack on the same ports, and a purge of the tools that this one runs.</summary>
    private static async Task AssertAnotherStackIsToldAsync(StateOfATest running)
    {
        string other = running.Beside("other");
        FoobarResult up = await Foobar.RunAsync([.. running.Up().Select(argument => argument == running.Path ? other : argument)]);

        string quoted = $"'{running.Path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        int https = running.Options.Ports.Https;
        up.AssertRefused(
            $"Port {https}, for the gateway's HTTPS, is in use by the stack in {running.Path} (https://localhost:{https}). Stop it with ./foobar down --state {quoted}, or move every port with --port-offset {running.Options.PortOffset + 1000}.");
        Foobar.AssertNothingRunsIn(other);

        (await running.UpAsync()).AssertRefused(
            $"www.foobar.com is already up or starting in {running.Path}: https://localhost:{https}. See ./foobar status; ./foobar down stops it.");
    }

    private static string Certificate(StateOfATest state, string name) => Path.Combine(state.State.Certificates, name);

    private static void Swap(string one, string other)
    {
        string content = File.ReadAllText(one);
        File.WriteAllText(one, File.ReadAllText(other));
        File.WriteAllText(other, content);
    }

    private static void Truncate(string path) => File.WriteAllText(path, File.ReadAllText(path)[..200]);

    /// <summary>The member's certificate, replaced by one that another authority issued.</summary>
    private static void UseAnothers(StateOfATest state)
    {
        using TestCertificates others = new();
        using X509Certificate2 certificate = others.Issue("127.0.0.1", "db-1");
        (string certificatePath, string keyPath) = others.Write(certificate);
        File.Copy(certificatePath, Path.Combine(state.State.Member(1), "server.crt"), overwrite: true);
        File.Copy(keyPath, Path.Combine(state.State.Member(1), "server.key"), overwrite: true);
    }
}
