using FooBar.LoadBalancer.Tests.Strictness.Corpus;
using FooBar.LoadBalancer.Tests.Strictness.Http2;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>
/// Requests that make servers disagree, sent through the gateway. No request reaches a backend in a form that the gateway did not mean, and
/// after each the connection is in a known state.
/// </summary>
public sealed class CorpusTests
{
    [Fact]
    public async Task EveryCase_BeforeABackendThatKeepsEveryByte_IsRefusedOrHasOneForm()
    {
        using TestCertificates certificates = new();
        await PlayAsync(certificates, RawBackend.Start(certificates.Issue("127.0.0.1")));
    }

    [Fact]
    public async Task EveryCase_BeforeKestrel_IsReadThereAsItWasMeant()
    {
        using TestCertificates certificates = new();
        await PlayAsync(certificates, await KestrelBackend.StartAsync(certificates.Issue("127.0.0.1")));
    }

    [Fact]
    public void Corpus_HasWhatIsPromised()
    {
        string[] names = [.. Families.All.Select(play => play.Name), .. Http2Cases.All.Select(play => play.Name)];

        Assert.Equal(names, names.Distinct());
        Assert.All(Families.All, play => Assert.NotEmpty(play.Source));
        Assert.All(Http2Cases.All, play => Assert.NotEmpty(play.Source));
        Assert.InRange(Families.All.Count, 800, 2000);
        Assert.InRange(Http2Cases.All.Count, 150, 500);
    }

    private static async Task PlayAsync(TestCertificates certificates, IRecordingBackend backend)
    {
        await using IRecordingBackend recording = backend;
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [("web-1", backend.Url)], Ledger.Settings);
        int checks = backend.HealthChecks;
        Ledger ledger = new(gateway, backend);

        Http1Run http1 = new(certificates, gateway, ledger);
        foreach (Case play in Families.All)
            await http1.PlayAsync(play);
        Http2Run http2 = new(certificates, gateway, ledger);
        foreach (Http2Case play in Http2Cases.All)
            await http2.PlayAsync(play);
        await ledger.FinishAsync();

        Assert.True(
            ledger.Failures.Count == 0,
            $"{ledger.Failures.Count} of {Families.All.Count + Http2Cases.All.Count} cases:\n{string.Join("\n", ledger.Failures)}");
        Assert.Equal(checks, backend.HealthChecks);
    }
}
