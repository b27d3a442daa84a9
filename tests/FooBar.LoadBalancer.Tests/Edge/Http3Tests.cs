using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Edge;

public sealed class Http3Tests
{
    private const string Library = "QUIC is not available: install Microsoft's package libmsquic";
    private const string Sockets = "the sockets are systemd's, and UDP sockets cannot be passed to Kestrel";

    [Theory]
    [InlineData(false, true, false, false, null)]
    [InlineData(false, false, true, false, null)]
    [InlineData(true, true, false, true, null)]
    [InlineData(true, false, false, false, Library)]
    [InlineData(true, true, true, false, Sockets)]
    [InlineData(true, false, true, false, Sockets)]
    public void Http3_IsServedWhereTheMachineHasIt(bool isWanted, bool isSupported, bool hasPassedSockets, bool isServed, string? obstacle) =>
        Assert.Equal(new Http3(isServed, obstacle), Http3.Decide(isWanted, isSupported, hasPassedSockets));

    /// <summary>On a machine with the library answers say where HTTP/3 is; on one without, the log says what is missing.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gateway_WithTheOption_OffersItOrSaysWhatIsMissing(bool isWanted)
    {
        await using Arrangement site = await Arrangement.StartAsync($"Http3={isWanted}");
        using HttpClient client = site.Gateway.Client();
        using HttpResponseMessage answer = await client.GetAsync("/", Eventually.Limit);

        bool isOffered = answer.Headers.Contains("Alt-Svc");
        bool isMissed = site.Gateway.Log.Contains($"Gateway:Http3 is true, but HTTP/3 is not served: {Library}", StringComparison.Ordinal);
        Assert.Equal((isWanted && Http3.IsSupported, isWanted && !Http3.IsSupported), (isOffered, isMissed));
    }
}
