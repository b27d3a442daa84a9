using System.Globalization;

namespace FooBar.Benchmarks.Gateway;

/// <summary>nginx, told to do what the gateway does: balance, verify, resume, reuse, rewrite the same headers, log the same line. It has no checks of its own.</summary>
internal static class NginxConfiguration
{
    private const string LogFormat =
        """'{"log":"access","timestamp":"$time_iso8601","request_id":"$request_id","client":"$remote_addr","protocol":"$server_protocol","method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$body_bytes_sent,"duration_ms":$request_time,"backend":"$upstream_addr","tries":"$upstream_status","end":"$request_completion","user_agent":"$http_user_agent"}'""";

    public static string Of(ProxyJob job) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        worker_processes {{ProxyJob.Workers}};
        pid {{job["nginx.pid"]}};
        error_log stderr error;
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        events {
            worker_connections 8192;
        }
        http {
            log_format access escape=json {{LogFormat}};
            access_log /dev/null access;
            client_body_temp_path {{job["body"]}};
            proxy_temp_path {{job["proxy"]}};
            fastcgi_temp_path {{job["fastcgi"]}};
            uwsgi_temp_path {{job["uwsgi"]}};
            scgi_temp_path {{job["scgi"]}};
            server_tokens off;
            keepalive_timeout 60s;
            keepalive_requests 1000000000;
            {{(job.IsCached ? $"proxy_cache_path {job["cache"]} keys_zone=answers:10m max_size=64m use_temp_path=off;" : "")}}
            upstream web {
                zone web 256k;
                least_conn;
        {{string.Concat(job.Backends.Select(backend => string.Create(CultureInfo.InvariantCulture, $"        server 127.0.0.1:{job.PortOf(backend)} max_fails=5 fail_timeout=1s;\n")))}}
                keepalive 128;
                keepalive_requests 1000000000;
                keepalive_timeout 60s;
            }
            server {
                listen 127.0.0.1:{{job.Port}} ssl http2 reuseport;
                ssl_certificate {{job.Certificate.CertificatePath}};
                ssl_certificate_key {{job.Certificate.KeyPath}};
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_ciphers {{ProxyJob.Suites12}};
                ssl_conf_command Ciphersuites {{ProxyJob.Suites13}};
                ssl_prefer_server_ciphers on;
                ssl_ecdh_curve X25519:prime256v1;
                ssl_session_cache shared:edge:10m;
                ssl_session_tickets on;
                http2_max_concurrent_streams 100;
                client_max_body_size 1m;
                client_body_buffer_size 64k;
                location / {
                    proxy_pass {{(job.IsPlainOut ? "http" : "https")}}://web;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-For $remote_addr;
                    proxy_set_header X-Forwarded-Proto https;
                    proxy_set_header X-Forwarded-Host $http_host;
                    proxy_set_header Forwarded "";
                    proxy_set_header X-Real-IP "";
                    proxy_set_header X-Request-Id $request_id;
                    add_header X-Request-Id $request_id always;
                    proxy_ssl_verify on;
                    proxy_ssl_trusted_certificate {{job.CaPath}};
                    proxy_ssl_name {{ProxyJob.BackendName}};
                    proxy_ssl_server_name on;
                    proxy_ssl_protocols TLSv1.2 TLSv1.3;
                    proxy_ssl_session_reuse on;
                    proxy_request_buffering off;
                    proxy_buffer_size 16k;
                    proxy_buffers 8 32k;
                    proxy_max_temp_file_size 0;
                    proxy_connect_timeout 2s;
                    proxy_read_timeout 30s;
                    {{(job.IsCached ? "proxy_cache answers; proxy_cache_lock on;" : "")}}
                }
            }
        }

        """);
}
