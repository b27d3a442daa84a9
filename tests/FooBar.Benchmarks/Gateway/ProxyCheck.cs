using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks.Gateway;

/// <summary>Whether a proxy does what it is measured at, before it is: one that does less would look fast.</summary>
internal static class ProxyCheck
{
    /// <summary>Of so many requests in a row no more than <see cref="MostNewConnections"/> may be the first on a connection to a backend.</summary>
    private const int Requests = 20;

    private const int MostNewConnections = 6;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly string[] Forwarded = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-Id"];

    /// <summary>Returns what it does wrong, or null.</summary>
    public static async Task<string?> ProblemAsync(ProxyProcess proxy, ProxyJob job, GatewayWorkload workload, CancellationToken cancellationToken)
    {
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(job.CaPath);
        using SocketsHttpHandler handler = new() { SslOptions = Trusting(authority) };
        using HttpClient client = new(handler)
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://{ProxyJob.BackendName}:{proxy.Port}")),
            Timeout = Deadline,
            DefaultRequestVersion = workload.Load == GatewayLoad.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            return ProblemWithEdge(proxy) ?? await ProblemWithAnswerAsync(client, workload, cancellationToken) ?? await ProblemWithForwardingAsync(client, job, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            return failure.Message;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it did not answer within {Deadline.TotalSeconds:0} s.";
        }
    }

    private static string? ProblemWithEdge(ProxyProcess proxy)
    {
        using TlsClient client = new();
        using TlsConnection connection = client.Connect(proxy.Port, IPAddress.Loopback, session: 0, Deadline);
        return connection.Suite == ProxyJob.EdgeSuite ? null : $"it chooses {connection.Suite} where the others choose {ProxyJob.EdgeSuite}.";
    }

    private static SslClientAuthenticationOptions Trusting(X509Certificate2 authority)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private static async Task<string?> ProblemWithAnswerAsync(HttpClient client, GatewayWorkload workload, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, workload.Path);
        if (workload.Path == GatewayWorkload.Upload) (request.Method, request.Content) = (HttpMethod.Post, new ByteArrayContent(new byte[GatewayWork.UploadBytes]));
        request.Version = client.DefaultRequestVersion;
        request.VersionPolicy = client.DefaultVersionPolicy;
        using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return !response.IsSuccessStatusCode || body.Length != BackendServer.LengthOf(workload.Path)
            ? $"it answers {workload.Path} with status {(int)response.StatusCode} and {body.Length} bytes."
            : null;
    }

    private static async Task<string?> ProblemWithForwardingAsync(HttpClient client, ProxyJob job, CancellationToken cancellationToken)
    {
        string tls = job.IsPlainOut ? "none" : ProxyJob.BackendSuite;
        int connections = 0;
        for (int request = 0; request < Requests; request++)
        {
            SeenRequest seen = (await client.GetFromJsonAsync<SeenRequest>(BackendServer.SeenPath, cancellationToken))!;
            if (seen.Number == 1) connections++;
            Dictionary<string, string> headers = new(seen.Headers, StringComparer.OrdinalIgnoreCase);
            if (Forwarded.FirstOrDefault(name => !headers.ContainsKey(name)) is { } missing) return $"it does not send {missing} to the backends.";

            if (seen.Tls != tls) return $"its TLS to the backends is {seen.Tls} where the others' is {tls}.";
        }

        return connections > MostNewConnections ? $"it opens connections to the backends anew: {connections} for {Requests} requests." : null;
    }
}
