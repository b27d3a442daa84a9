using FooBar.MySql;

namespace FooBar.GroupKeeper.Steps;

/// <summary>Sessions at other members that hold their locks for as long as a step takes. Not thread-safe.</summary>
internal sealed class LockedPeers : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<MySqlConnection> _sessions = [];

    /// <exception cref="StepException">Another member's step holds it.</exception>
    /// <exception cref="MySqlException">The member does not answer.</exception>
    public async Task AddAsync(string name, string connectionString, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(Patience, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        MySqlConnection session = new(connectionString);
        _sessions.Add(session);
        try
        {
            await session.OpenAsync(either.Token);
            if (!await StepLock.TakeAsync(session, either.Token))
            {
                throw new StepException($"another member's step has the lock of {name}");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StepException($"{name} did not give its lock within {Patience.TotalSeconds:0} s");
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (MySqlConnection session in _sessions)
        {
            await session.DisposeAsync();
        }
    }
}
