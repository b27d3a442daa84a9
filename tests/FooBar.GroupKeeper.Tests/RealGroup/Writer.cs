using FooBar.MySql;

namespace FooBar.GroupKeeper.Tests.RealGroup;

/// <summary>Writes without a break to whoever is primary, and remembers what was acknowledged.</summary>
internal sealed class Writer(KeptGroup group) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<int> _acknowledged = [];
    private Task _writing = Task.CompletedTask;

    public async Task StartAsync(int first)
    {
        _writing = WriteAsync(first);
        while (Acknowledged().Count == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The ids that were acknowledged so far.</summary>
    public IReadOnlyList<int> Acknowledged()
    {
        lock (_acknowledged)
        {
            return [.. _acknowledged];
        }
    }

    /// <summary>Ends it and waits until it has ended; once is enough.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writing.IsCompleted)
        {
            return;
        }

        await _stop.CancelAsync();
        await _writing;
        _stop.Dispose();
    }

    private async Task WriteAsync(int id)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await group.PrimaryAsync() is { } primary)
                {
                    await using MySqlConnection connection = new($"{group.Server(primary).ConnectionString}Connection Timeout=2;Default Command Timeout=5");
                    await connection.OpenAsync(_stop.Token);
                    while (true)
                    {
                        id++;
                        await using MySqlCommand command = connection.CreateCommand();
                        command.CommandText = "INSERT INTO test.note (id) VALUES (@id)";
                        command.Parameters.AddWithValue("id", id);
                        await command.ExecuteNonQueryAsync(_stop.Token);
                        lock (_acknowledged)
                        {
                            _acknowledged.Add(id);
                        }
                    }
                }
            }
            catch (Exception failure) when (failure is MySqlException or OperationCanceledException)
            {
                // The next primary gets the next id; this one was not acknowledged.
            }
        }
    }
}
