using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace FooBar.Lab.Tests.Support;

/// <summary>An alert as Alertmanager tells it.</summary>
/// <param name="Name">The alert's name.</param>
/// <param name="Firing">Whether it fires; else it is over.</param>
/// <param name="StartsAt">Since when it fires or fired.</param>
internal sealed record ToldAlert(string Name, bool Firing, DateTimeOffset StartsAt);

/// <summary>Where Alertmanager sends its alerts: answers 200 to every POST and keeps what it was told.</summary>
internal sealed class WebhookSink : IDisposable
{
    private readonly Socket _listener;
    private readonly Channel<ToldAlert> _unread = Channel.CreateUnbounded<ToldAlert>();

    public WebhookSink(NetworkNamespace where, IPEndPoint at)
    {
        _listener = where.Socket(at.AddressFamily, SocketType.Stream);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(at);
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>All that was told, in its order.</summary>
    public ConcurrentQueue<ToldAlert> Told { get; } = new();

    /// <summary>Waits until an alert that began after an instant is told to fire or to be over. What is told again of an earlier one does not count.</summary>
    public async Task UntilAsync(string name, bool firing, DateTimeOffset since, CancellationToken cancellationToken)
    {
        ToldAlert told;
        do
        {
            told = await _unread.Reader.ReadAsync(cancellationToken);
        }
        while (told.Name != name || told.Firing != firing || told.StartsAt <= since);
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _unread.Writer.TryComplete();
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        using NetworkStream stream = new(connection, ownsSocket: true);
        using StreamReader reader = new(stream, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            int length = 0;
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                {
                    length = int.Parse(header.AsSpan("Content-Length:".Length), System.Globalization.CultureInfo.InvariantCulture);
                }
            }

            // Alertmanager writes its JSON in ASCII or UTF-8; what is counted is bytes, and alerts of ours hold none but ASCII.
            char[] body = new char[length];
            await reader.ReadBlockAsync(body);
            using JsonDocument message = JsonDocument.Parse(new string(body));
            foreach (JsonElement alert in message.RootElement.GetProperty("alerts").EnumerateArray())
            {
                ToldAlert told = new(alert.GetProperty("labels").GetProperty("alertname").GetString()!, alert.GetProperty("status").GetString() == "firing", alert.GetProperty("startsAt").GetDateTimeOffset());
                Told.Enqueue(told);
                _unread.Writer.TryWrite(told);
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }
    }
}
