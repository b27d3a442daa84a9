using System.Collections.Concurrent;

namespace FooBar.Benchmarks.Gateway;

/// <summary>Connections that each ask once and then do nothing, while the proxy's memory is looked at.</summary>
/// <param name="path">What they ask for.</param>
/// <param name="count">How many there are.</param>
internal sealed class IdleConnections(string path, int count) : IProxyLoad
{
    private const int Callers = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Opens them, waits so long, and closes them.</summary>
    public async Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken)
    {
        using TlsClient client = new();
        ConcurrentBag<TlsConnection> connections = [];
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Factory.StartNew(
                () =>
                {
                    RawExchange exchange = new(target.Port, path, isLast: false);
                    for (int number = caller; number < count && !cancellationToken.IsCancellationRequested; number += Callers)
                    {
                        TlsConnection connection = client.Connect(target.Port, LoopbackAddresses.Of(number), session: 0, Deadline);
                        connections.Add(connection);
                        exchange.Ask(connection);
                        exchange.TakeAnswer(connection);
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            await Task.Delay(duration, TimeProvider.System, cancellationToken);
            return new LoadLap(0, duration, TimeSpan.Zero, TimeSpan.Zero) { ResidentMegabytes = target.ResidentMegabytes() };
        }
        finally
        {
            foreach (TlsConnection connection in connections) connection.Dispose();
        }
    }
}
