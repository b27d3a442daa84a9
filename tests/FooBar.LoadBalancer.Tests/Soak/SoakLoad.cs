using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace FooBar.LoadBalancer.Tests.Soak;

/// <summary>
/// Callers that share one row of requests: GETs that the cache has, that it stores, and that pass it by, and POSTs that name their operation; over HTTP/1.1 and
/// HTTP/2, on kept connections and, one in twenty-one, on a new one from one of a thousand addresses.
/// </summary>
internal sealed class SoakLoad : IDisposable
{
    /// <summary>Callers at once.</summary>
    private const int Callers = 48;

    /// <summary>Common to no other number by which requests are told apart.</summary>
    private const int EachNew = 21;

    private const int Addresses = 1000;
    private const int WellKnown = 50;

    private static readonly int[] _sizes = [0, 100, 1024, 10_000, SoakSite.LongestBody];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly SoakSite _site;
    private readonly HttpClient[] _kept;
    private readonly ConcurrentQueue<string> _failures = new();
    private long _next = -1;
    private long _answered;

    public SoakLoad(SoakSite site)
    {
        _site = site;
        _kept = [Client(null, HttpVersion.Version11), Client(null, HttpVersion.Version20)];
    }

    /// <summary>Requests that were answered as they should be.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Those that were not, and why.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>So many requests as fast as the answers come, each on a new connection.</summary>
    public Task ComeAsync(int count)
    {
        int left = count;
        return Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await VisitAsync(Interlocked.Increment(ref _next), isNew: true);
        })));
    }

    /// <summary>Asks as fast as the answers come, and returns how many a second that were.</summary>
    public Task<double> AsFastAsItGoesAsync(TimeSpan time) => AskAsync(time, perSecond: null);

    /// <summary>Asks at a rate; a caller that is late goes on at once. Returns how many a second were answered.</summary>
    public Task<double> AtAsync(double perSecond, TimeSpan time) => AskAsync(time, perSecond);

    public void Dispose()
    {
        foreach (HttpClient client in _kept)
            client.Dispose();
    }

    private async Task<double> AskAsync(TimeSpan time, double? perSecond)
    {
        long start = TimeProvider.System.GetTimestamp();
        long before = Answered;
        long first = Interlocked.Read(ref _next) + 1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)));
        return (Answered - before) / TimeProvider.System.GetElapsedTime(start).TotalSeconds;

        async Task CallAsync()
        {
            while (TimeProvider.System.GetElapsedTime(start) < time)
            {
                long number = Interlocked.Increment(ref _next);
                if (perSecond is { } rate)
                {
                    TimeSpan early = TimeSpan.FromSeconds((number - first) / rate) - TimeProvider.System.GetElapsedTime(start);
                    if (early > TimeSpan.Zero)
                        await Task.Delay(early, TimeProvider.System);
                }

                await VisitAsync(number, isNew: number % EachNew == 0);
            }
        }
    }

    private async Task VisitAsync(long number, bool isNew)
    {
        Version version = number % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20;
        if (!isNew)
        {
            await SendAsync(_kept[version.Major - 1], version, number);
            return;
        }

        long address = number % Addresses;
        using HttpClient client = Client(new IPAddress([127, 0, (byte)(1 + (address / 250)), (byte)(1 + (address % 250))]), version);
        await SendAsync(client, version, number);
    }

    private async Task SendAsync(HttpClient client, Version version, long number)
    {
        int bytes = _sizes[number / 10 % _sizes.Length];
        (bool isPost, string path) = (number % 10) switch
        {
            < 3 => (false, $"/stored/{number / 10 % WellKnown}"),
            < 5 => (false, $"/stored/once/{number}"),
            < 7 => (false, $"/passed/{number}"),
            _ => (true, "/keyed"),
        };
        string target = string.Create(CultureInfo.InvariantCulture, $"{path}?{(isPost ? $"op={number}&" : "")}bytes={bytes}");
        try
        {
            using HttpRequestMessage request = new(isPost ? HttpMethod.Post : HttpMethod.Get, target) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Content = isPost ? new ReadOnlyMemoryContent(SoakSite.Body(bytes)) : null;
            using HttpResponseMessage answer = await client.SendAsync(request);
            byte[] body = await answer.Content.ReadAsByteArrayAsync();
            if (answer.StatusCode == HttpStatusCode.OK && body.AsSpan().SequenceEqual(SoakSite.Body(bytes).Span))
                Interlocked.Increment(ref _answered);
            else
                _failures.Enqueue($"{version} {target}: {(int)answer.StatusCode}, {body.Length} bytes");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            _failures.Enqueue($"{version} {target}: {exception.GetBaseException().Message} at {TimeProvider.System.GetUtcNow():HH:mm:ss.fff}");
        }
    }

    private HttpClient Client(IPAddress? from, Version version)
    {
        HttpClient client = _site.Gateway.Client(from, version);
        client.Timeout = _patience;
        return client;
    }
}
