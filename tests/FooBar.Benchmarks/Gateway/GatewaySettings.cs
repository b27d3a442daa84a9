using System.Globalization;

namespace FooBar.Benchmarks.Gateway;

/// <summary>Our gateway's environment: as ./foobar up and the deployment start it, everything else at its default.</summary>
internal static class GatewaySettings
{
    /// <param name="job">What it is to do.</param>
    /// <param name="httpPort">Where it listens for plain HTTP, which nobody uses here.</param>
    /// <param name="adminPort">Where it shows its metrics.</param>
    public static IReadOnlyDictionary<string, string> Of(ProxyJob job, int httpPort, int adminPort)
    {
        Dictionary<string, string> settings = new()
        {
            ["DOTNET_EnableDiagnostics"] = "0",
            ["DOTNET_GCgen0size"] = "0x1000000",
            ["Service__Name"] = "gateway",
            ["Admin__Address"] = "127.0.0.1",
            ["Admin__Port"] = Text(adminPort),
            ["Gateway__Addresses__0"] = "127.0.0.1",
            ["Gateway__HttpsPort"] = Text(job.Port),
            ["Gateway__HttpPort"] = Text(httpPort),
            ["Gateway__CertificatePath"] = job.Certificate.CertificatePath,
            ["Gateway__KeyPath"] = job.Certificate.KeyPath,
            ["Gateway__BackendCaPath"] = job.CaPath,
        };
        foreach ((int index, BackendAddress backend) in job.Backends.Index())
        {
            settings[$"Gateway__Backends__{index}__Name"] = $"web-{index + 1}";
            settings[$"Gateway__Backends__{index}__Url"] = $"{(job.IsPlainOut ? "http" : "https")}://127.0.0.1:{Text(job.PortOf(backend))}";
        }

        return settings;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
