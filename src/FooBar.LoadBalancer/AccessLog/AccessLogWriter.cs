using System.Text;
using System.Threading.Channels;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.AccessLog;

/// <summary>
/// Takes entries from the requests and writes them on a task of its own. A slow or broken output costs lines, which are counted, and
/// never a request's time.
/// </summary>
internal sealed class AccessLogWriter(AccessLogOptions options, AccessLogOutput output, GatewayMetrics metrics) : IHostedService
{
    private const int LargestWrite = 64 * 1024;

    private readonly Channel<AccessLogEntry> _entries = Channel.CreateBounded<AccessLogEntry>(new BoundedChannelOptions(options.Capacity)
    {
        SingleReader = true,
    });

    private Task _writing = Task.CompletedTask;

    /// <summary>Hands an entry over and returns at once. Thread-safe.</summary>
    public void Write(AccessLogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
            metrics.AccessLogDropped(1);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Writes what is waiting and returns. The listeners stop before: no entry comes after it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();

        // When the host's time for stopping is over, it goes on without us: that is no failure of the stop.
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAllAsync()
    {
        // It ends with the channel and not with a token, as a BackgroundService would: what was accepted before the stop is still written.
        using AccessLogFormat format = new();
        while (await _entries.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            format.Clear();
            int lines = 0;
            while (format.Written.Length < LargestWrite && _entries.Reader.TryRead(out AccessLogEntry? entry))
            {
                format.Add(entry);
                lines++;
            }

            WriteOut(format.Written, lines);
        }
    }

    private void WriteOut(ReadOnlySpan<byte> text, int lines)
    {
        try
        {
            output.Writer.Write(Encoding.UTF8.GetString(text));
            output.Writer.Flush();
        }
#pragma warning disable CA1031 // The loop outlives whatever the output throws: a reader that is gone, a full disk, a closed stream.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Serving goes on; the counter tells.
            metrics.AccessLogDropped(lines);
        }
    }
}
