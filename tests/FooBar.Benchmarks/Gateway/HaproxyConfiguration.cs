using System.Globalization;
using System.Text;

namespace FooBar.Benchmarks.Gateway;

/// <summary>
/// HAProxy, told to do what the gateway does: balance, verify, resume, reuse, check, rewrite the same headers, log the same line. Its checks come as often and
/// are more patient: a machine that is full of load must not take both backends out, which the gateway would never do.
/// </summary>
internal static class HaproxyConfiguration
{
    /// <summary>What is logged of each request.</summary>
    private const string LogFormat =
        """'{"log":"access","timestamp":"%tr","request_id":"%ID","client":"%ci","protocol":"%HV","method":"%HM","host":"%[capture.req.hdr(0),json(utf8s)]","path":"%[capture.req.uri,json(utf8s)]","status":%ST,"bytes":%B,"duration_ms":%Ta,"backend":"%s","tries":%rc,"end":"%ts","user_agent":"%[capture.req.hdr(1),json(utf8s)]"}'""";

    public static string Of(ProxyJob job)
    {
        string server = job.IsPlainOut
            ? "check"
            : $"ssl verify required ca-file {job.CaPath} sni str({ProxyJob.BackendName}) verifyhost {ProxyJob.BackendName} check check-ssl check-sni {ProxyJob.BackendName}";
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            global
                nbthread {ProxyJob.Workers}
                maxconn 4000
                log stdout format raw local0
                ssl-default-bind-options ssl-min-ver TLSv1.2
                ssl-default-bind-ciphers {ProxyJob.Suites12}
                ssl-default-bind-ciphersuites {ProxyJob.Suites13}
                ssl-default-bind-curves X25519:P-256
                ssl-default-server-options ssl-min-ver TLSv1.2

            defaults
                mode http
                log global
                log-format {LogFormat}
                timeout connect 2s
                timeout client 60s
                timeout server 30s
                timeout http-request 10s
                timeout http-keep-alive 60s
                timeout check 10s
                http-reuse always

            frontend edge
                bind 127.0.0.1:{job.Port} ssl crt {job["edge.pem"]} alpn h2,http/1.1
                unique-id-format %[uuid()]
                declare capture request len 128
                declare capture request len 256
                http-request capture req.hdr(Host) id 0
                http-request capture req.hdr(User-Agent) id 1
                http-request del-header X-Forwarded- -m beg
                http-request del-header Forwarded
                http-request del-header X-Real-IP
                http-request set-header X-Forwarded-For %[src]
                http-request set-header X-Forwarded-Proto https
                http-request set-header X-Forwarded-Host %[req.hdr(Host)]
                http-request set-header X-Request-Id %[unique-id]
                http-response set-header X-Request-Id %[unique-id]
                http-response del-header Server
                default_backend web

            backend web
                balance leastconn
                option httpchk GET {BackendServer.HealthPath}
                http-check expect status 200
                default-server inter 1s fall 5 rise 1

            """);
        if (job.IsCached)
        {
            text.Append("    http-request cache-use answers\n    http-response cache-store answers\n");
        }

        foreach ((int index, BackendAddress backend) in job.Backends.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"    server web-{index + 1} 127.0.0.1:{job.PortOf(backend)} {server}\n");
        }

        if (job.IsCached)
        {
            text.Append("\ncache answers\n    total-max-size 64\n    max-object-size 1048576\n    max-age 600\n");
        }

        return text.ToString();
    }
}
