using FooBar.AppHost.Certificates;
using FooBar.Benchmarks.Gateway;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>What each proxy is told. That they take it is seen where they are started.</summary>
public sealed class ProxyConfigurationTests
{
    private static readonly ProxyJob Job = new(
        "/tmp/job", 8443, [new BackendAddress(7001, 6001), new BackendAddress(7002, 6002)], new CertificateFiles("/tmp/edge.crt", "/tmp/edge.key"), "/tmp/ca.crt", IsPlainOut: false, IsCached: false);

    [Fact]
    public void Gateway_IsToldWhatTheDeploymentTellsIt()
    {
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_GCgen0size"] = "0x1000000",
                ["Service__Name"] = "gateway",
                ["Admin__Address"] = "127.0.0.1",
                ["Admin__Port"] = "9600",
                ["Gateway__Addresses__0"] = "127.0.0.1",
                ["Gateway__HttpsPort"] = "8443",
                ["Gateway__HttpPort"] = "8080",
                ["Gateway__CertificatePath"] = "/tmp/edge.crt",
                ["Gateway__KeyPath"] = "/tmp/edge.key",
                ["Gateway__BackendCaPath"] = "/tmp/ca.crt",
                ["Gateway__Backends__0__Name"] = "web-1",
                ["Gateway__Backends__0__Url"] = "https://127.0.0.1:7001",
                ["Gateway__Backends__1__Name"] = "web-2",
                ["Gateway__Backends__1__Url"] = "https://127.0.0.1:7002",
            },
            GatewaySettings.Of(Job, httpPort: 8080, adminPort: 9600));
        Assert.Equal("http://127.0.0.1:6002", GatewaySettings.Of(Job with { IsPlainOut = true }, 8080, 9600)["Gateway__Backends__1__Url"]);
    }

    [Fact]
    public void Haproxy_VerifiesResumesAndReuses()
    {
        string text = HaproxyConfiguration.Of(Job);

        AssertLines(
            text,
            "    nbthread 2",
            "    ssl-default-bind-options ssl-min-ver TLSv1.2",
            $"    ssl-default-bind-ciphers {ProxyJob.Suites12}",
            $"    ssl-default-bind-ciphersuites {ProxyJob.Suites13}",
            "    log stdout format raw local0",
            "    http-reuse always",
            "    bind 127.0.0.1:8443 ssl crt /tmp/job/edge.pem alpn h2,http/1.1",
            "    http-request del-header X-Forwarded- -m beg",
            "    balance leastconn",
            "    server web-1 127.0.0.1:7001 ssl verify required ca-file /tmp/ca.crt sni str(localhost) verifyhost localhost check check-ssl check-sni localhost",
            "    server web-2 127.0.0.1:7002 ssl verify required ca-file /tmp/ca.crt sni str(localhost) verifyhost localhost check check-ssl check-sni localhost");
        Assert.DoesNotContain("cache", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Haproxy_WithoutTlsToTheBackends_StillChecksThem()
    {
        AssertLines(HaproxyConfiguration.Of(Job with { IsPlainOut = true }), "    server web-1 127.0.0.1:6001 check", "    server web-2 127.0.0.1:6002 check");
    }

    [Fact]
    public void Haproxy_WithACache_AsksItAndFillsIt()
    {
        AssertLines(HaproxyConfiguration.Of(Job with { IsCached = true }), "    http-request cache-use answers", "    http-response cache-store answers", "cache answers");
    }

    [Fact]
    public void Nginx_VerifiesResumesAndReuses()
    {
        string text = NginxConfiguration.Of(Job);

        AssertLines(
            text,
            "worker_processes 2;",
            "    access_log /dev/null access;",
            "        least_conn;",
            "        server 127.0.0.1:7001 max_fails=5 fail_timeout=1s;",
            "        server 127.0.0.1:7002 max_fails=5 fail_timeout=1s;",
            "        keepalive 128;",
            "        listen 127.0.0.1:8443 ssl http2 reuseport;",
            "        ssl_protocols TLSv1.2 TLSv1.3;",
            $"        ssl_ciphers {ProxyJob.Suites12};",
            $"        ssl_conf_command Ciphersuites {ProxyJob.Suites13};",
            "        ssl_session_cache shared:edge:10m;",
            "        ssl_session_tickets on;",
            "            proxy_pass https://web;",
            "            proxy_http_version 1.1;",
            "            proxy_set_header Connection \"\";",
            "            proxy_ssl_verify on;",
            "            proxy_ssl_trusted_certificate /tmp/ca.crt;",
            "            proxy_ssl_session_reuse on;");
        Assert.DoesNotContain("proxy_cache", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nginx_WithoutTlsToTheBackendsAndWithACache_SaysSo()
    {
        string text = NginxConfiguration.Of(Job with { IsPlainOut = true, IsCached = true });

        AssertLines(
            text,
            "        server 127.0.0.1:6001 max_fails=5 fail_timeout=1s;",
            "            proxy_pass http://web;",
            "    proxy_cache_path /tmp/job/cache keys_zone=answers:10m max_size=64m use_temp_path=off;",
            "            proxy_cache answers; proxy_cache_lock on;");
    }

    private static void AssertLines(string text, params string[] lines) => Assert.All(lines, line => Assert.Contains(line, text.Split('\n')));
}
