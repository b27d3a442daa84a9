using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>An open loop: requests begin at a steady rate, whatever becomes of those before them, over HTTP/1.1 and HTTP/2, on kept and on new connections.</summary>
internal sealed class Visitors : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);
    private static readonly int[] _sizes = [0, 100, 1024, 10_000, 65_536];

    private readonly Uri _site;
    private readonly SslClientAuthenticationOptions _trust;
    private readonly int _perSecond;
    private readonly ConcurrentQueue<Visit> _ended = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly HttpClient[] _kept;
    private readonly Task _coming;
    private int _begun;

    private Visitors(Uri site, SslClientAuthenticationOptions trust, int perSecond)
    {
        _site = site;
        _trust = trust;
        _perSecond = perSecond;
        _kept = [Client(HttpVersion.Version11), Client(HttpVersion.Version20)];
        _coming = ComeAsync();
    }

    /// <summary>Everything that has ended.</summary>
    public IReadOnlyCollection<Visit> Ended => _ended;

    /// <summary>For how long they came.</summary>
    public TimeSpan Came { get; private set; }

    /// <summary>Begins.</summary>
    public static Visitors Come(Uri site, SslClientAuthenticationOptions trust, int perSecond) => new(site, trust, perSecond);

    /// <summary>Waits until so many more have been answered, which shows that the site serves.</summary>
    public async Task AnsweredAsync(int more, Func<string> explain)
    {
        int before = Answered();
        await Support.Eventually.TrueAsync(() => Answered() >= before + more, () => $"{Answered() - before} of {more} were answered\n{explain()}");

        int Answered() => _ended.Count(visit => visit.End == VisitEnd.Answered);
    }

    /// <summary>No more come, and those that came have left.</summary>
    public async Task LeaveAsync()
    {
        await _stop.CancelAsync();
        await _coming;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        foreach (HttpClient client in _kept)
            client.Dispose();
        _stop.Dispose();
    }

    private async Task ComeAsync()
    {
        List<Task> visits = [];
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        while (!_stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync();

            // All that are due: a late tick does not lower the rate.
            for (double due = TimeProvider.System.GetElapsedTime(_start).TotalSeconds * _perSecond; _begun < due; _begun++)
            {
                int number = _begun;
                visits.Add(Task.Run(() => VisitAsync(number)));
            }
        }

        Came = TimeProvider.System.GetElapsedTime(_start);
        await Task.WhenAll(visits);
    }

    private async Task VisitAsync(int number)
    {
        VisitKind kind = (number % 10) switch
        {
            < 5 => VisitKind.Get,
            5 => VisitKind.Stream,
            < 8 => VisitKind.Keyed,
            _ => VisitKind.Plain,
        };
        string id = number.ToString(CultureInfo.InvariantCulture);
        int bytes = _sizes[number / 10 % _sizes.Length];
        TimeSpan begun = TimeProvider.System.GetElapsedTime(_start);

        // One in twenty comes for the first time.
        bool isNew = number % 20 == 0;
        HttpClient client = isNew ? Client(HttpVersion.Version11) : _kept[number % 2];
        string protocol = isNew ? "1.1, new" : client.DefaultRequestVersion.ToString();
        (VisitEnd end, string? why) = await AskAsync(client, kind, id, bytes);
        string? askedAgain = null;
        if (end == VisitEnd.Unanswered)
        {
            // A kept connection that was closed under it: what may be asked twice is, once, as RFC 9112 (9.3.1) has it for a client.
            askedAgain = why;
            using HttpClient another = Client(HttpVersion.Version11);
            (end, why) = isNew || kind == VisitKind.Plain ? (VisitEnd.Failed, why) : await AskAsync(another, kind, id, bytes);
        }

        if (isNew)
            client.Dispose();
        _ended.Enqueue(new Visit(kind, id, protocol, end, begun, TimeProvider.System.GetElapsedTime(_start) - begun, why, askedAgain));
    }

    private static async Task<(VisitEnd End, string? Why)> AskAsync(HttpClient client, VisitKind kind, string id, int bytes)
    {
        string path = kind switch
        {
            VisitKind.Get => $"/get/{id}?bytes={bytes}",
            VisitKind.Stream => $"/stream/{id}?bytes={bytes * 4}",
            VisitKind.Keyed => $"/keyed?op={id}&bytes={bytes}",
            _ => $"/plain/{id}?bytes={bytes}",
        };
        bool isPost = kind is VisitKind.Keyed or VisitKind.Plain;
        using HttpRequestMessage request = new(isPost ? HttpMethod.Post : HttpMethod.Get, path)
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
            Content = isPost ? new ByteArrayContent(Pattern.Of(id, bytes)) : null,
        };
        HttpStatusCode? begun = null;
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            begun = response.StatusCode;
            if (begun != HttpStatusCode.OK)
                return (VisitEnd.Failed, $"{(int)begun}");
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            return body.AsSpan().SequenceEqual(Pattern.Of(id, kind == VisitKind.Stream ? bytes * 4 : bytes))
                ? (VisitEnd.Answered, null)
                : (VisitEnd.Broken, $"{body.Length} bytes");
        }
        catch (Exception exception) when (begun is not null && exception is (HttpRequestException or IOException or OperationCanceledException))
        {
            return (VisitEnd.Cut, $"{(int)begun}, then {exception.GetType().Name}: {exception.GetBaseException().Message}");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ResponseEnded || exception.InnerException is IOException)
        {
            return (VisitEnd.Unanswered, exception.GetBaseException().Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return (VisitEnd.Failed, $"{exception.GetType().Name}: {exception.GetBaseException().Message}");
        }
    }

    private HttpClient Client(Version version) => new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, SslOptions = _trust })
    {
        BaseAddress = _site,
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = _patience,
    };
}
