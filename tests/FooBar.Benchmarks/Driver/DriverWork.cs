using System.Data.Common;
using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks.Driver;

/// <summary>What one driver does in one workload.</summary>
internal sealed class DriverWork : IWork
{
    private readonly DbDataSource _source;
    private readonly Func<DbDataSource, Lap, Task> _turns;

    public DriverWork(Contestant contestant, ServerAddress server, DriverWorkload workload)
    {
        _source = contestant.CreateDataSource(server, workload);
        _turns = Turns.Of(workload);
        Callers = workload.Connections;
        RowBytes = Turns.RowBytes(workload);
    }

    public int Callers { get; }

    public long? RowBytes { get; }

    public Task CheckAsync() => Turns.CheckAsync(_source);

    public Task TurnsAsync(int caller, Lap lap) => _turns(_source, lap);

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
