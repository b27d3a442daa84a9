namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>One way to overrun an HTTP/2 server over one connection.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Settings">Of the client's first SETTINGS frame.</param>
/// <param name="Reads">Whether it reads what comes back; one that does not makes the server keep its answers.</param>
/// <param name="Opening">What is sent first; null for nothing.</param>
/// <param name="Next">The bytes of the next turn, which begins new streams at the given id and returns the id after them.</param>
internal sealed record Http2Attack(
    string Name, (ushort Id, uint Value)[] Settings, bool Reads, Func<Http2Frames>? Opening, Func<Http2Frames, int, int> Next)
{
    /// <summary>A page that does not come before its request has gone.</summary>
    public const string Slow = "/slow";

    /// <summary>A page of 4 MB.</summary>
    public const string Large = "/large";

    /// <summary>The first stream that no opening uses.</summary>
    public const int AfterOpening = 201;

    private const ushort InitialWindowSize = 4;
    private const int FramesATurn = 200;
    private const int LargestIncrement = int.MaxValue;

    public static IReadOnlyList<Http2Attack> All { get; } =
    [
        new("rapid reset", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow).ResetStream(stream))),
        new("rapid reset of requests with a body", [], true, null, (frames, id) => Streams(id, stream => frames.Post(stream, Slow).ResetStream(stream))),
        new("requests beyond the streams", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow))),
        new("CONTINUATION with fields", [], true, Unfinished, (frames, id) => Repeat(id, () => frames.Add(FrameType.Continuation, 0, 1, Http2Frames.Block(("x", "y"))))),
        new("CONTINUATION without content", [], true, Unfinished, (frames, id) => Repeat(id, () => frames.Add(FrameType.Continuation, 0, 1, []))),
        new("HPACK bomb", [], true, null, Bomb),
        new("SETTINGS", [], true, null, (frames, id) => Repeat(id, () => frames.Settings((InitialWindowSize, 65_535)))),
        new("SETTINGS, answers not read", [], false, null, (frames, id) => Repeat(id, () => frames.Settings((InitialWindowSize, 65_535)))),
        new("PING", [], true, null, (frames, id) => Repeat(id, () => frames.Add(FrameType.Ping, 0, 0, new byte[8]))),
        new("PING, answers not read", [], false, null, (frames, id) => Repeat(id, () => frames.Add(FrameType.Ping, 0, 0, new byte[8]))),
        new("PRIORITY", [], true, null, (frames, id) => Repeat(id, () => frames.Add(FrameType.Priority, 0, id, new byte[5]))),
        new("frames of no known type", [], true, null, (frames, id) => Repeat(id, () => frames.Add((FrameType)0xBB, 0, 0, []))),
        new("empty DATA", [], true, () => new Http2Frames().Post(1, Slow), (frames, id) => Repeat(id, () => frames.Add(FrameType.Data, 0, 1, []))),
        new("WINDOW_UPDATE", [], true, () => new Http2Frames().Get(1, Slow), (frames, id) => Repeat(id, () => frames.WindowUpdate(1, 1))),
        new("window opened by single bytes", [(InitialWindowSize, 0)], true, () => Opened(Large, 50).WindowUpdate(0, 1_000_000_000), Dribble),
        new("made you reset: window beyond its largest", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow).WindowUpdate(stream, LargestIncrement))),
        new("made you reset: window increment of 0", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow).WindowUpdate(stream, 0))),
        new("made you reset: DATA after the end", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow).Add(FrameType.Data, 0, stream, new byte[1]))),
        new("made you reset: PRIORITY of a wrong length", [], true, null, (frames, id) => Streams(id, stream => frames.Get(stream, Slow).Add(FrameType.Priority, 0, stream, new byte[4]))),
    ];

    public override string ToString() => Name;

    private static int Streams(int id, Action<int> one)
    {
        for (int i = 0; i < FramesATurn / 2; i++, id += 2)
            one(id);
        return id;
    }

    private static int Repeat(int id, Action one)
    {
        for (int i = 0; i < FramesATurn; i++)
            one();
        return id;
    }

    private static Http2Frames Unfinished() =>
        new Http2Frames().Add(FrameType.Headers, Http2Frames.EndStream, 1, Http2Frames.Block(Http2Frames.Request("GET", "/")));

    private static Http2Frames Opened(string path, int count)
    {
        Http2Frames frames = new();
        for (int i = 0; i < count; i++)
            frames.Get((2 * i) + 1, path);
        return frames;
    }

    private static int Dribble(Http2Frames frames, int id)
    {
        for (int i = 0; i < FramesATurn; i++)
            frames.WindowUpdate((2 * (i % 50)) + 1, 1);
        return id;
    }

    /// <summary>A field of 4,000 bytes that goes into the table, and then a byte for each further time that it is meant.</summary>
    private static int Bomb(Http2Frames frames, int id)
    {
        byte[] large = [0x40, .. Http2Frames.Block(("x", new string('y', 3_900)))[1..]];
        byte[] again = new byte[10_000];
        Array.Fill(again, (byte)(0x80 | 62));
        frames.Add(FrameType.Headers, Http2Frames.EndHeaders | Http2Frames.EndStream, id, [.. Http2Frames.Block(Http2Frames.Request("GET", "/")), .. large, .. again]);
        return id + 2;
    }
}
