using System.IO.Pipelines;
using System.Net.Sockets;

namespace FooBar.ServiceDefaults.Stopping;

/// <summary>Leaves it to the other end to close a connection on which everything has been said.</summary>
internal static class Linger
{
    /// <summary>More than that is not waited out: who goes on sending after the end is not about to close.</summary>
    public const long LongestRest = 1024 * 1024;

    /// <summary>Reads, and throws away, until the other end has closed, the time is over or <see cref="LongestRest"/> bytes came. Never throws.</summary>
    /// <param name="input">What the other end sends; nobody else reads it any more.</param>
    /// <param name="longest">The time for it; 0 for none.</param>
    /// <param name="time">The clock.</param>
    public static async Task UntilClosedAsync(PipeReader input, TimeSpan longest, TimeProvider time)
    {
        using CancellationTokenSource limit = new(longest, time);
        try
        {
            for (long rest = 0; rest <= LongestRest;)
            {
                ReadResult read = await input.ReadAsync(limit.Token).ConfigureAwait(false);
                rest += read.Buffer.Length;
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Reset by the other end, unreachable, aborted by the server, or out of time: closed in any case.
        }
    }
}
