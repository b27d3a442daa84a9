using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Limits;

/// <summary>Puts the limits together.</summary>
internal static class LimitServices
{
    /// <summary>Adds them; the listeners and the pipeline ask for <see cref="ConnectionGate"/> and <see cref="RequestGate"/>.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) => services
        .AddSingleton<Occupancy>()
        .AddSingleton<ClientTable>()
        .AddSingleton(_ => Descriptors.OfThisProcess())
        .AddSingleton(new MemorySource(MemoryUse.OfThisProcess))
        .AddSingleton<IMemoryHolder>(provider => provider.GetRequiredService<CacheStore>())

        // Behind those whose memory becomes garbage.
        .AddSingleton<IMemoryHolder, ManagedHeap>()
        .AddSingleton<MemoryWatch>()
        .AddSingleton<LimitMetrics>()
        .AddSingleton<ShedRecord>()
        .AddSingleton<ConnectionGate>()
        .AddSingleton<RequestLimits>()
        .AddHostedService<LimitTimer>();
}
