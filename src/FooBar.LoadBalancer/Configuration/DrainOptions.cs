namespace FooBar.LoadBalancer.Configuration;

/// <summary>How the gateway stops: <c>Gateway:Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>
    /// Time for which it goes on serving after <c>/health/ready</c> has turned to 503, so that whoever spreads requests over gateways
    /// notices before connections are refused, 0 to 5 min. Default: 0 s.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.Zero;

    /// <summary>Time for the requests in flight to finish after that, 1 s to 1 h; then they are cut. Default: 15 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Time for a connection that was accepted before the listeners closed to send its first request, 0 to 1 min, and at most until
    /// <see cref="Timeout"/> is over; then it is closed. Default: 2 s.
    /// </summary>
    public TimeSpan FirstRequest { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Time for a kept connection of HTTP/1.1 to send one more request after the listeners closed, 0 to 1 min, and at most until <see cref="Timeout"/> is
    /// over: its answer says <c>Connection: close</c>. Closed at once, a request that is on its way at that moment would fail. A connection of HTTP/2
    /// that has been told by GOAWAY has the same time to be closed by its client. Default: 1 s.
    /// </summary>
    public TimeSpan NextRequest { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A file or folder, absolute, that is there while another process serves on the same sockets. Looked for when this one stops: nobody waits for its end
    /// then, and kept connections have <see cref="HandoverNextRequest"/>. Default: none.
    /// </summary>
    public string? HandoverPath { get; set; }

    /// <summary>
    /// <see cref="NextRequest"/> while another process serves, 0 to 1 min, and at most until <see cref="Timeout"/> is over: long enough that hardly a
    /// connection in use is left to be closed without a word. Default: 20 s.
    /// </summary>
    public TimeSpan HandoverNextRequest { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The time of kept connections for their next request, in a stop at this moment.</summary>
    internal TimeSpan NextRequestNow => HandoverPath is not null && Path.Exists(HandoverPath) ? HandoverNextRequest : NextRequest;

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Drain:Delay", Delay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        errors.Range("Drain:Timeout", Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        errors.Range("Drain:NextRequest", NextRequest, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        errors.Range("Drain:HandoverNextRequest", HandoverNextRequest, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        errors.AbsolutePath("Drain:HandoverPath", HandoverPath);
        errors.Range("Drain:FirstRequest", FirstRequest, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }
}
