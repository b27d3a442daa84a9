using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks.Gateway;

/// <summary>By what load a workload is made.</summary>
internal static class GatewayWork
{
    /// <summary>The body of an upload.</summary>
    public const int UploadBytes = 64 << 10;

    /// <summary>The connections that do nothing.</summary>
    public const int IdleCount = 2_000;

    /// <summary>Next to nothing.</summary>
    public const double LightPerSecond = 200;

    /// <summary>The load that is measured.</summary>
    /// <param name="workload">What is done.</param>
    /// <param name="fullPerSecond">What the peer reaches whose half is asked for; needed for no other workload.</param>
    public static IProxyLoad LoadOf(GatewayWorkload workload, double fullPerSecond) => workload.Load switch
    {
        GatewayLoad.NewConnections => new ConnectionLoad(workload.Path, resumes: false),
        GatewayLoad.ResumedConnections => new ConnectionLoad(workload.Path, resumes: true),
        GatewayLoad.Idle => new IdleConnections(workload.Path, IdleCount),
        GatewayLoad.HalfLoad => new PacedLoad(workload.Path, fullPerSecond / 2),
        GatewayLoad.LightLoad => new PacedLoad(workload.Path, LightPerSecond),
        _ => FullLoadOf(workload),
    };

    /// <summary>The load to warm up by: as much as can be, so that it takes no longer than it must.</summary>
    public static IProxyLoad WarmUpOf(GatewayWorkload workload) =>
        workload.Load is GatewayLoad.NewConnections or GatewayLoad.ResumedConnections ? LoadOf(workload, 0) : FullLoadOf(workload);

    /// <summary>The workload's requests without a pause.</summary>
    public static IProxyLoad FullLoadOf(GatewayWorkload workload) => workload.Load == GatewayLoad.Http2
        ? new H2Load(workload.Path)
        : new WrkLoad(workload.Path, workload.Path == GatewayWorkload.Upload ? UploadBytes : null);
}
