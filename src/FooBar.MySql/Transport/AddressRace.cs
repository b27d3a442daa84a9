using System.Net;
using System.Net.Sockets;

namespace FooBar.MySql.Transport;

/// <summary>
/// Connects to the first of a server's addresses that answers (RFC 8305, "Happy Eyeballs", in spirit). They are tried in turn, the next one
/// as soon as one has failed or has been silent for <see cref="Stagger"/>, and none is given up for the next: a dead address costs a moment,
/// not the deadline. Used once.
/// </summary>
internal sealed class AddressRace(IReadOnlyList<EndPoint> endPoints, TimeProvider time, CancellationToken aborted)
{
    /// <summary>RFC 8305's "Connection Attempt Delay".</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    private readonly List<Attempt> _running = [];
    private readonly List<string> _failures = [];

    /// <summary>The attempts that came to nothing, and why; those that had no answer when the race ended too. For messages.</summary>
    public string Failures => string.Join("; ", [.. _failures, .. _running.Select(attempt => $"{attempt.Name}: no answer")]);

    /// <returns>The socket of the winner, connected and blocking; null when every address has failed.</returns>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    public async ValueTask<Socket?> RunAsync(bool async)
    {
        Socket? winner = null;
        try
        {
            for (int next = 0; winner is null && (next < endPoints.Count || _running.Count > 0);)
            {
                aborted.ThrowIfCancellationRequested();
                if (next < endPoints.Count) Begin(endPoints[next++], async);
                await WaitAsync(next < endPoints.Count ? Stagger : Timeout.InfiniteTimeSpan, async).ConfigureAwait(false);
                aborted.ThrowIfCancellationRequested();
                winner = TakeWinner();
            }

            return winner;
        }
        finally
        {
            foreach (Attempt loser in _running)
            {
                loser.Socket.Dispose();
                if (loser.Connecting is { } connecting) await connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Begin(EndPoint endPoint, bool async)
    {
        try
        {
            _running.Add(new Attempt(endPoint, async, aborted));
        }
        catch (SocketException failure)
        {
            _failures.Add(Explain(endPoint, failure));
        }
    }

    /// <summary>Until an attempt has ended, or the next is due.</summary>
    private async ValueTask WaitAsync(TimeSpan patience, bool async)
    {
        if (_running.Count == 0) return;

        if (async)
        {
            Task ended = Task.WhenAny(_running.Select(attempt => attempt.Connecting!));
            using CancellationTokenSource stop = new();
            if (patience != Timeout.InfiniteTimeSpan) ended = Task.WhenAny(ended, Task.Delay(patience, time, stop.Token));
            await ended.ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            return;
        }

        // Sockets that are disposed end the wait: that is how a blocking connect is interrupted.
        Socket[] sockets = [.. _running.Select(attempt => attempt.Socket)];
        using CancellationTokenRegistration registration = aborted.UnsafeRegister(
            static state => Array.ForEach((Socket[])state!, socket => socket.Dispose()), sockets);
        try
        {
            List<Socket> answered = [.. sockets];
            List<Socket> failed = [.. sockets];
            Socket.Select(checkRead: null, answered, failed, patience);
        }
        catch (Exception interrupted) when (interrupted is SocketException or ObjectDisposedException && aborted.IsCancellationRequested)
        {
            // The caller looks at the token.
        }
    }

    /// <summary>Takes the attempts that have ended out of the race, up to the first that succeeded.</summary>
    private Socket? TakeWinner()
    {
        foreach (Attempt attempt in _running.ToArray())
        {
            if (!attempt.HasEnded(out SocketException? failure)) continue;

            _running.Remove(attempt);
            if (failure is null) return attempt.Socket;

            _failures.Add(Explain(attempt.EndPoint, failure));
            attempt.Socket.Dispose();
        }

        return null;
    }

    private static string Explain(EndPoint endPoint, SocketException failure)
    {
        // The runtime has no code of its own for a missing file and says "Cannot assign requested address".
        bool isMissing = endPoint is UnixDomainSocketEndPoint && failure.SocketErrorCode == SocketError.AddressNotAvailable;
        return $"{NameOf(endPoint)}: {(isMissing ? "there is no such socket" : new SocketException((int)failure.SocketErrorCode).Message)}";
    }

    private static string NameOf(EndPoint endPoint) => endPoint is IPEndPoint { Address: var address } ? address.ToString() : endPoint.ToString()!;

    private sealed class Attempt
    {
        public Attempt(EndPoint endPoint, bool async, CancellationToken aborted)
        {
            EndPoint = endPoint;
            bool isTcp = endPoint is IPEndPoint;
            Socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified) { Blocking = async };
            try
            {
                if (isTcp) Socket.NoDelay = true;
                if (async) Connecting = Socket.ConnectAsync(endPoint, aborted).AsTask();
                else Socket.Connect(endPoint);
            }
            catch (SocketException pending) when (pending.SocketErrorCode == SocketError.WouldBlock && isTcp)
            {
                // Under way. A Unix socket connects at once or not at all.
            }
            catch
            {
                Socket.Dispose();
                throw;
            }
        }

        public EndPoint EndPoint { get; }

        public Socket Socket { get; }

        public string Name => NameOf(EndPoint);

        /// <summary>The asynchronous connect; a blocking caller's is in the socket alone.</summary>
        public Task? Connecting { get; }

        public bool HasEnded(out SocketException? failure)
        {
            failure = null;
            if (Connecting is { } connecting)
            {
                if (!connecting.IsCompletedSuccessfully) failure = connecting.Exception?.InnerException as SocketException ?? new SocketException((int)SocketError.OperationAborted);
                return connecting.IsCompleted;
            }

            if (!Socket.Poll(0, SelectMode.SelectWrite) && !Socket.Poll(0, SelectMode.SelectError)) return false;

            SocketError error = (SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if (error != SocketError.Success) failure = new SocketException((int)error);
            else Socket.Blocking = true;
            return true;
        }
    }
}
