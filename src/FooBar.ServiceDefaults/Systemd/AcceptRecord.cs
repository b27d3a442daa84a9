using System.Net;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// Which connections this very process has accepted on a listener. Processes may share one, as when the next version of a service starts while
/// this one still serves: then the other may answer a probe, and says nothing about this one. Thread-safe; one probe at a time.
/// </summary>
internal sealed class AcceptRecord
{
    private readonly Lock _lock = new();
    private long _count;
    private volatile Expected? _expected;

    /// <summary>How many there were.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Notes one. Each connection comes here: it costs an increment, and while a probe is under way a comparison.</summary>
    public void Note(EndPoint? remote)
    {
        Interlocked.Increment(ref _count);
        if (_expected is { } expected && remote is IPEndPoint { Port: var port } && port == expected.Port)
            Arrived(expected);
    }

    /// <summary>Waits for the connection from that port.</summary>
    /// <param name="port">The probe's own.</param>
    /// <param name="turn">Is not cancelled by its time any more once the connection is here.</param>
    public Expected Expect(int port, CancellationTokenSource turn) => _expected = new Expected(port, turn);

    /// <summary>Whether a connection of ours from that port is under way.</summary>
    public bool Expects(int port) => _expected?.Port == port;

    /// <summary>Waits for it no more.</summary>
    public void End(Expected expected)
    {
        lock (_lock)
        {
            if (_expected == expected)
                _expected = null;
        }
    }

    private void Arrived(Expected expected)
    {
        lock (_lock)
        {
            // The turn is disposed of behind End.
            if (_expected != expected)
                return;
            expected.IsHere = true;
            expected.Turn.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A connection of our own that is under way.</summary>
    internal sealed class Expected(int port, CancellationTokenSource turn)
    {
        public int Port => port;

        public CancellationTokenSource Turn => turn;

        public bool IsHere { get; set; }
    }
}
