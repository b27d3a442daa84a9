using FooBar.LoadBalancer.Configuration;
using Microsoft.Extensions.Configuration;

namespace FooBar.LoadBalancer.Tests.Configuration;

public sealed class GatewayConfigurationTests
{
    private static readonly Dictionary<string, string?> Valid = new()
    {
        ["CertificatePath"] = "/etc/site.pem",
        ["KeyPath"] = "/etc/site.key",
        ["BackendCaPath"] = "/etc/ca.pem",
        ["Backends:0:Name"] = "web-1",
        ["Backends:0:Url"] = "https://127.0.0.1:7001",
        ["Backends:1:Name"] = "web-2",
        ["Backends:1:Url"] = "https://[::1]:7002",
    };

    [Fact]
    public void Defaults_AreAsDocumented()
    {
        GatewayOptions options = Load();

        Assert.Equal(["127.0.0.1", "::1"], options.Addresses);
        Assert.Equal(["www.foobar.com", "foobar.com", "localhost", "127.0.0.1", "::1"], options.Hosts);
        Assert.Equal((null, null), (options.CanonicalHost, options.AcmeWebroot));
        Assert.Equal((null, null), (options.Admin.TokenPath, options.StatePath));
        Assert.Equal((8443, 8080, 0), (options.HttpsPort, options.HttpPort, options.PublicHttpsPort));
        Assert.Equal(PolicyName.LeastConnections, options.Policy);
        Assert.Equal(["web-1", "web-2"], options.Backends.Select(backend => backend.Name));
        Assert.All(options.Backends, backend => Assert.Equal((100, 1000), (backend.Weight, backend.MaxInFlight)));
        Assert.Equal((1000, 500, TimeSpan.FromSeconds(5)), (options.Queue.Length, options.Queue.PerBackend, options.Queue.Timeout));

        Assert.Equal("/health/ready", options.Health.Path);
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), (options.Health.Interval, options.Health.Timeout));
        Assert.Equal((2, 2), (options.Health.FailuresToDown, options.Health.SuccessesToUp));
        Assert.Equal((5, 5), (options.Health.FailuresToEject, options.Health.ServerErrorsToEject));
        Assert.Equal((5, TimeSpan.FromMilliseconds(500), 3), (options.Health.LatencyFactor, options.Health.LatencyDifference, options.Health.SlowToEject));
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)), (options.Health.EjectionTime, options.Health.MaxEjectionTime));
        Assert.Equal(TimeSpan.FromSeconds(1), options.Health.SlowStart);

        Assert.Equal(TimeSpan.FromSeconds(2), options.Forwarding.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), options.Forwarding.ActivityTimeout);
        Assert.Equal(TimeSpan.FromSeconds(60), options.Forwarding.IdleConnectionTimeout);
        Assert.Equal(TimeSpan.FromMinutes(10), options.Forwarding.ConnectionLifetime);

        Assert.Equal(65536, options.Forwarding.HeldAnswerBytes);

        Assert.Equal((0.2, 3, TimeSpan.FromSeconds(30)), (options.Retries.Budget, options.Retries.Minimum, options.Retries.Deadline));

        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(2)), (options.Drain.Delay, options.Drain.Timeout, options.Drain.FirstRequest));

        Assert.Equal((TimeSpan.FromSeconds(1), null, TimeSpan.FromSeconds(20)), (options.Drain.NextRequest, options.Drain.HandoverPath, options.Drain.HandoverNextRequest));

        Assert.Equal((1048576, 8192, 16384, 100), (
            options.Limits.RequestBodyBytes,
            options.Limits.RequestLineBytes,
            options.Limits.RequestHeadersBytes,
            options.Limits.RequestHeaderCount));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5), 100), (
            options.Limits.RequestHeadersTimeout,
            options.Limits.KeepAliveTimeout,
            options.Limits.TlsHandshakeTimeout,
            options.Limits.Http2Streams));
        Assert.Equal((67108864, 1048576), (options.Cache.Bytes, options.Cache.EntryBytes));
        Assert.Equal(["foobar-*", "__Host-foobar-*", ".AspNetCore.*"], options.Cache.BypassCookies);
        Assert.Equal(["Causal-Token"], options.Cache.BypassHeaders);
        Assert.Equal((1024, 1024, TimeSpan.FromSeconds(10)), (options.Limits.RequestBodyBytesPerSecond, options.Limits.ResponseBytesPerSecond, options.Limits.RateGrace));
        Assert.Equal((131072, 524288, 131072), (options.Limits.RequestBufferBytes, options.Limits.ResponseBufferBytes, options.Limits.UnsentBytes));
        Assert.Equal((10000, 256, 50, 1000, 64), (
            options.Limits.Connections,
            options.Limits.ConnectionsPerClient,
            options.Limits.NewConnectionsPerClient,
            options.Limits.Handshakes,
            options.Limits.HandshakesPerClient));
        Assert.Equal((100, 200, 2000, 256, 0.85), (
            options.Limits.RequestsPerClient,
            options.Limits.RequestBurst,
            options.Limits.InFlight,
            options.Limits.InFlightPerClient,
            options.Limits.Memory));
        Assert.Equal(64, options.Limits.Ipv6Prefix);
        Assert.Equal(["127.0.0.0/8", "::1"], options.Limits.Allow);
        Assert.Empty(options.Limits.Deny);

        Assert.Equal((100, 500, 4096, 16384), (
            options.Limits.Http2.ControlFrames,
            options.Limits.Http2.ControlFrameBurst,
            options.Limits.Http2.HeaderTableBytes,
            options.Limits.Http2.FrameBytes));
        Assert.Equal((262144, 98304, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20)), (
            options.Limits.Http2.ConnectionWindowBytes,
            options.Limits.Http2.StreamWindowBytes,
            options.Limits.Http2.PingDelay,
            options.Limits.Http2.PingTimeout));
        Assert.Equal(0.01, options.Tracing.SampleRatio);
        Assert.Equal(16384, options.AccessLog.Capacity);
        Assert.Equal(
            ["Referrer-Policy: strict-origin-when-cross-origin", "X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN"],
            options.SecurityHeaders.Select(header => $"{header.Key}: {header.Value}").Order());
        Assert.Equal(TimeSpan.FromSeconds(5), options.ReloadInterval);
        Assert.Empty(options.Routes);
        Assert.Equal((65536, 32768), (options.Forwarding.ReplayedRequestBytes, options.Forwarding.AnswerHeadBytes));
    }

    [Fact]
    public void Lists_ThatAreConfigured_ReplaceTheDefaults()
    {
        GatewayOptions options = Load(
            ("Addresses:0", "192.0.2.1"), ("Hosts:0", "www.example.org"), ("Cache:BypassCookies:0", "session"), ("Cache:BypassHeaders:0", "X-Session"));

        Assert.Equal(["192.0.2.1"], options.Addresses);
        Assert.Equal(["www.example.org"], options.Hosts);
        Assert.Equal(["session"], options.Cache.BypassCookies);
        Assert.Equal(["X-Session"], options.Cache.BypassHeaders);
    }

    [Fact]
    public void SecurityHeaders_ThatAreConfigured_AreAddedToTheDefaultsOrReplaceThem()
    {
        GatewaySettings settings = new(1, Load(
            ("SecurityHeaders:x-frame-options", "DENY"), ("SecurityHeaders:Referrer-Policy", ""), ("SecurityHeaders:Permissions-Policy", "camera=()")));

        Assert.Equal(
            ["Permissions-Policy: camera=()", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY"],
            settings.SecurityHeaders.Select(header => $"{header.Key}: {header.Value}").Order());
    }

    [Theory]
    [InlineData("HttpsPort", "0")]
    [InlineData("HttpsPort", "65535")]
    [InlineData("HttpPort", "0")]
    [InlineData("HttpPort", "65535")]
    [InlineData("PublicHttpsPort", "65535")]
    [InlineData("CanonicalHost", "FOOBAR.com")]
    [InlineData("AcmeWebroot", "/var/acme")]
    [InlineData("Admin:TokenPath", "/etc/token")]
    [InlineData("StatePath", "/var/lib/state.json")]
    [InlineData("Policy", "roundrobin")]
    [InlineData("Policy", "PowerOfTwoChoices")]
    [InlineData("Backends:0:Weight", "1")]
    [InlineData("Backends:0:Weight", "256")]
    [InlineData("ReloadInterval", "00:00:00")]
    [InlineData("ReloadInterval", "00:00:00.1")]
    [InlineData("ReloadInterval", "01:00:00")]
    [InlineData("Backends:0:MaxInFlight", "0")]
    [InlineData("Backends:0:MaxInFlight", "100000")]
    [InlineData("Queue:Length", "0")]
    [InlineData("Queue:Length", "100000")]
    [InlineData("Queue:PerBackend", "0")]
    [InlineData("Queue:PerBackend", "100000")]
    [InlineData("Queue:Timeout", "00:00:00.01")]
    [InlineData("Queue:Timeout", "00:01:00")]
    [InlineData("Health:Interval", "00:00:00.1")]
    [InlineData("Health:Interval", "00:01:00")]
    [InlineData("Health:Timeout", "00:00:00.05")]
    [InlineData("Health:Timeout", "00:01:00")]
    [InlineData("Health:FailuresToDown", "1")]
    [InlineData("Health:FailuresToDown", "100")]
    [InlineData("Health:SuccessesToUp", "1")]
    [InlineData("Health:SuccessesToUp", "100")]
    [InlineData("Health:FailuresToEject", "1")]
    [InlineData("Health:FailuresToEject", "1000000")]
    [InlineData("Health:ServerErrorsToEject", "1")]
    [InlineData("Health:ServerErrorsToEject", "1000000")]
    [InlineData("Health:LatencyFactor", "0")]
    [InlineData("Health:LatencyFactor", "1.5")]
    [InlineData("Health:LatencyFactor", "100")]
    [InlineData("Health:LatencyDifference", "00:00:00.01")]
    [InlineData("Health:LatencyDifference", "00:01:00")]
    [InlineData("Health:SlowToEject", "1")]
    [InlineData("Health:SlowToEject", "100")]
    [InlineData("Health:EjectionTime", "00:00:00")]
    [InlineData("Health:EjectionTime", "01:00:00")]
    [InlineData("Health:MaxEjectionTime", "00:00:01")]
    [InlineData("Health:MaxEjectionTime", "1.00:00:00")]
    [InlineData("Health:SlowStart", "00:00:00")]
    [InlineData("Health:SlowStart", "00:05:00")]
    [InlineData("Forwarding:ConnectTimeout", "00:00:00.05")]
    [InlineData("Forwarding:ConnectTimeout", "00:01:00")]
    [InlineData("Forwarding:ActivityTimeout", "00:00:00.1")]
    [InlineData("Forwarding:ActivityTimeout", "01:00:00")]
    [InlineData("Forwarding:IdleConnectionTimeout", "00:00:01")]
    [InlineData("Forwarding:IdleConnectionTimeout", "01:00:00")]
    [InlineData("Forwarding:ConnectionLifetime", "00:00:01")]
    [InlineData("Forwarding:ConnectionLifetime", "1.00:00:00")]
    [InlineData("Forwarding:HeldAnswerBytes", "0")]
    [InlineData("Forwarding:HeldAnswerBytes", "65536")]
    [InlineData("Forwarding:ReplayedRequestBytes", "0")]
    [InlineData("Forwarding:ReplayedRequestBytes", "65536")]
    [InlineData("Forwarding:AnswerHeadBytes", "1024")]
    [InlineData("Forwarding:AnswerHeadBytes", "1048576")]
    [InlineData("Routes:0:Path", "/")]
    [InlineData("Routes:0:Path", "/*")]
    [InlineData("Routes:0:Path", "/a/b-c/*")]
    [InlineData("Retries:Budget", "0")]
    [InlineData("Retries:Budget", "1")]
    [InlineData("Retries:Minimum", "0")]
    [InlineData("Retries:Minimum", "1000")]
    [InlineData("Retries:Deadline", "00:00:00.1")]
    [InlineData("Retries:Deadline", "01:00:00")]
    [InlineData("Drain:Delay", "00:00:00")]
    [InlineData("Drain:Delay", "00:05:00")]
    [InlineData("Drain:FirstRequest", "00:00:00")]
    [InlineData("Drain:NextRequest", "00:00:00")]
    [InlineData("Drain:NextRequest", "00:01:00")]
    [InlineData("Drain:HandoverNextRequest", "00:00:00")]
    [InlineData("Drain:HandoverNextRequest", "00:01:00")]
    [InlineData("Drain:HandoverPath", "/run/handover")]
    [InlineData("Drain:FirstRequest", "00:01:00")]
    [InlineData("Drain:Timeout", "00:00:01")]
    [InlineData("Drain:Timeout", "01:00:00")]
    [InlineData("Limits:RequestBodyBytes", "0")]
    [InlineData("Limits:RequestBodyBytes", "1073741824")]
    [InlineData("Limits:RequestLineBytes", "256")]
    [InlineData("Limits:RequestLineBytes", "65536")]
    [InlineData("Limits:RequestHeadersBytes", "1024")]
    [InlineData("Limits:RequestHeadersBytes", "131072")]
    [InlineData("Limits:RequestHeaderCount", "10")]
    [InlineData("Limits:RequestHeaderCount", "1000")]
    [InlineData("Limits:RequestHeadersTimeout", "00:00:01")]
    [InlineData("Limits:RequestHeadersTimeout", "00:05:00")]
    [InlineData("Limits:KeepAliveTimeout", "00:00:01")]
    [InlineData("Limits:KeepAliveTimeout", "01:00:00")]
    [InlineData("Limits:TlsHandshakeTimeout", "00:00:00.1")]
    [InlineData("Limits:TlsHandshakeTimeout", "00:01:00")]
    [InlineData("Cache:Bytes", "0")]
    [InlineData("Cache:Bytes", "1048576")]
    [InlineData("Cache:Bytes", "68719476736")]
    [InlineData("Cache:EntryBytes", "0")]
    [InlineData("Cache:EntryBytes", "67108864")]
    [InlineData("Limits:Http2Streams", "1")]
    [InlineData("Limits:Http2Streams", "1000")]
    [InlineData("Limits:RequestBodyBytesPerSecond", "1")]
    [InlineData("Limits:RequestBodyBytesPerSecond", "1048576")]
    [InlineData("Limits:ResponseBytesPerSecond", "1")]
    [InlineData("Limits:ResponseBytesPerSecond", "1048576")]
    [InlineData("Limits:RequestBufferBytes", "1048576")]
    [InlineData("Limits:ResponseBufferBytes", "4096")]
    [InlineData("Limits:ResponseBufferBytes", "1048576")]
    [InlineData("Limits:UnsentBytes", "16384")]
    [InlineData("Limits:UnsentBytes", "16777216")]
    [InlineData("Limits:Connections", "16")]
    [InlineData("Limits:Connections", "1000000")]
    [InlineData("Limits:ConnectionsPerClient", "1")]
    [InlineData("Limits:ConnectionsPerClient", "1000000")]
    [InlineData("Limits:NewConnectionsPerClient", "1")]
    [InlineData("Limits:NewConnectionsPerClient", "1000000")]
    [InlineData("Limits:Handshakes", "1")]
    [InlineData("Limits:Handshakes", "1000000")]
    [InlineData("Limits:HandshakesPerClient", "1")]
    [InlineData("Limits:HandshakesPerClient", "1000000")]
    [InlineData("Limits:RequestsPerClient", "1")]
    [InlineData("Limits:RequestsPerClient", "1000000")]
    [InlineData("Limits:RequestBurst", "1")]
    [InlineData("Limits:RequestBurst", "1000000")]
    [InlineData("Limits:InFlight", "1")]
    [InlineData("Limits:InFlight", "1000000")]
    [InlineData("Limits:InFlightPerClient", "1")]
    [InlineData("Limits:InFlightPerClient", "1000000")]
    [InlineData("Limits:Memory", "0.2")]
    [InlineData("Limits:Memory", "1")]
    [InlineData("Limits:Ipv6Prefix", "32")]
    [InlineData("Limits:Ipv6Prefix", "64")]
    [InlineData("Limits:Http2:ControlFrames", "10")]
    [InlineData("Limits:Http2:ControlFrames", "1000000")]
    [InlineData("Limits:Http2:ControlFrameBurst", "10")]
    [InlineData("Limits:Http2:ControlFrameBurst", "1000000")]
    [InlineData("Limits:Http2:HeaderTableBytes", "0")]
    [InlineData("Limits:Http2:HeaderTableBytes", "65536")]
    [InlineData("Limits:Http2:FrameBytes", "16384")]
    [InlineData("Limits:Http2:FrameBytes", "1048576")]
    [InlineData("Limits:Http2:ConnectionWindowBytes", "16777216")]
    [InlineData("Limits:Http2:StreamWindowBytes", "65535")]
    [InlineData("Limits:Http2:StreamWindowBytes", "262144")]
    [InlineData("Limits:RateGrace", "00:00:02")]
    [InlineData("Limits:RateGrace", "00:05:00")]
    [InlineData("Limits:Http2:PingDelay", "00:00:01")]
    [InlineData("Limits:Http2:PingDelay", "01:00:00")]
    [InlineData("Limits:Http2:PingTimeout", "00:00:01")]
    [InlineData("Limits:Http2:PingTimeout", "01:00:00")]
    [InlineData("Limits:RequestBufferBytes", "16384")]
    [InlineData("Limits:Http2:ConnectionWindowBytes", "98304")]
    [InlineData("Limits:Allow:0", "none")]
    [InlineData("Limits:Allow:0", "2001:db8::/32")]
    [InlineData("Limits:Deny:0", "192.0.2.1")]
    [InlineData("Tracing:SampleRatio", "0")]
    [InlineData("Tracing:SampleRatio", "1")]
    [InlineData("AccessLog:Capacity", "16")]
    [InlineData("AccessLog:Capacity", "1048576")]
    public void Value_AtTheEdgeOfItsRange_IsAccepted(string key, string value) => Load((key, value));

    [Theory]
    [InlineData("HttpsPort", "-1", "Gateway:HttpsPort is -1; it must be from 0 to 65535.")]
    [InlineData("ReloadInterval", "00:00:00.09", "Gateway:ReloadInterval is 00:00:00.0900000; it must be from 00:00:00.1000000 to 01:00:00.")]
    [InlineData("ReloadInterval", "01:00:01", "Gateway:ReloadInterval is 01:00:01; it must be from 00:00:00.1000000 to 01:00:00.")]
    [InlineData("Forwarding:ReplayedRequestBytes", "65537", "Gateway:Forwarding:ReplayedRequestBytes is 65537; it must be from 0 to 65536.")]
    [InlineData("Forwarding:AnswerHeadBytes", "1023", "Gateway:Forwarding:AnswerHeadBytes is 1023; it must be from 1024 to 1048576.")]
    [InlineData("Routes:0:Path", "posts", "Gateway:Routes:0:Path is \"posts\"; it must start with /, may end with /*, and has no other *, no ?, # or %.")]
    [InlineData("Routes:0:Path", "/a*", "Gateway:Routes:0:Path is \"/a*\"; it must start with /, may end with /*, and has no other *, no ?, # or %.")]
    [InlineData("Routes:0:Path", "/*/a", "Gateway:Routes:0:Path is \"/*/a\"; it must start with /, may end with /*, and has no other *, no ?, # or %.")]
    [InlineData("HttpsPort", "65536", "Gateway:HttpsPort is 65536; it must be from 0 to 65535.")]
    [InlineData("HttpPort", "65536", "Gateway:HttpPort is 65536; it must be from 0 to 65535.")]
    [InlineData("HttpPort", "8443", "Gateway:HttpsPort is 8443 and Gateway:HttpPort is 8443; they must differ.")]
    [InlineData("PublicHttpsPort", "-1", "Gateway:PublicHttpsPort is -1; it must be from 0 to 65535.")]
    [InlineData("Addresses:0", "localhost", "Gateway:Addresses:0 is \"localhost\"; it must be an IP address.")]
    [InlineData("Hosts:0", "a:80", "Gateway:Hosts:0 is \"a:80\"; it must be a host name or an IP address, without a port.")]
    [InlineData("CanonicalHost", "shop.foobar.com", "Gateway:CanonicalHost is \"shop.foobar.com\" and Gateway:Hosts is www.foobar.com, foobar.com, localhost, 127.0.0.1, ::1; it must be one of them.")]
    [InlineData("CanonicalHost", "localhost", "Gateway:CanonicalHost is \"localhost\"; it must be a name with a dot, not an IP address or localhost.")]
    [InlineData("CanonicalHost", "127.0.0.1", "Gateway:CanonicalHost is \"127.0.0.1\"; it must be a name with a dot, not an IP address or localhost.")]
    [InlineData("AcmeWebroot", "var/acme", "Gateway:AcmeWebroot is \"var/acme\"; it must be an absolute path.")]
    [InlineData("Admin:TokenPath", "token", "Gateway:Admin:TokenPath is \"token\"; it must be an absolute path.")]
    [InlineData("Admin:TokenPath", "", "Gateway:Admin:TokenPath is \"\"; it must be an absolute path.")]
    [InlineData("StatePath", "state.json", "Gateway:StatePath is \"state.json\"; it must be an absolute path.")]
    [InlineData("CertificatePath", "", "Gateway:CertificatePath is not set; it must name a PEM file.")]
    [InlineData("KeyPath", " ", "Gateway:KeyPath is not set; it must name a PEM file.")]
    [InlineData("BackendCaPath", null, "Gateway:BackendCaPath is not set; it must name a PEM file.")]
    [InlineData("SecurityHeaders:X Y", "z", "Gateway:SecurityHeaders has \"X Y\"; a header's name has letters, digits and hyphens only.")]
    [InlineData("SecurityHeaders:X_Y", "z", "Gateway:SecurityHeaders has \"X_Y\"; a header's name has letters, digits and hyphens only.")]
    [InlineData("SecurityHeaders:connection", "close", "Gateway:SecurityHeaders has \"connection\", which the gateway sees to by itself.")]
    [InlineData("SecurityHeaders:Content-Length", "5", "Gateway:SecurityHeaders has \"Content-Length\", which the gateway sees to by itself.")]
    [InlineData("SecurityHeaders:Strict-Transport-Security", "max-age=1", "Gateway:SecurityHeaders has \"Strict-Transport-Security\", which the gateway sees to by itself.")]
    [InlineData("SecurityHeaders:X-Request-Id", "1", "Gateway:SecurityHeaders has \"X-Request-Id\", which the gateway sees to by itself.")]
    [InlineData("SecurityHeaders:X-Y", "ä", "Gateway:SecurityHeaders:X-Y is \"ä\"; it must be of visible ASCII characters and spaces, or empty.")]
    [InlineData("Policy", "7", "Gateway:Policy is 7; it must be one of LeastConnections, RoundRobin, PowerOfTwoChoices.")]
    [InlineData("Backends:0:Name", "web 1", "Gateway:Backends:0:Name is \"web 1\"; it must be 1 to 63 characters of a-z, A-Z, 0-9, dot, dash and underscore.")]
    [InlineData("Backends:1:Name", "WEB-1", "Gateway:Backends:1:Name is \"WEB-1\" and Gateway:Backends:0:Name is the same; names must differ.")]
    [InlineData("Backends:0:Url", "http://a:1", "Gateway:Backends:0:Url is \"http://a:1\"; it must be https://HOST:PORT and nothing after it.")]
    [InlineData("Backends:0:Url", "https://a:1/x", "Gateway:Backends:0:Url is \"https://a:1/x\"; it must be https://HOST:PORT and nothing after it.")]
    [InlineData("Backends:0:Url", "a", "Gateway:Backends:0:Url is \"a\"; it must be https://HOST:PORT and nothing after it.")]
    [InlineData("Backends:1:Weight", "0", "Gateway:Backends:1:Weight is 0; it must be from 1 to 256.")]
    [InlineData("Backends:1:Weight", "257", "Gateway:Backends:1:Weight is 257; it must be from 1 to 256.")]
    [InlineData("Backends:0:MaxInFlight", "-1", "Gateway:Backends:0:MaxInFlight is -1; it must be from 0 to 100000.")]
    [InlineData("Queue:Length", "100001", "Gateway:Queue:Length is 100001; it must be from 0 to 100000.")]
    [InlineData("Queue:PerBackend", "-1", "Gateway:Queue:PerBackend is -1; it must be from 0 to 100000.")]
    [InlineData("Queue:Timeout", "00:01:01", "Gateway:Queue:Timeout is 00:01:01; it must be from 00:00:00.0100000 to 00:01:00.")]
    [InlineData("Health:Path", "health", "Gateway:Health:Path is \"health\"; it must start with /.")]
    [InlineData("Health:Interval", "00:00:00.09", "Gateway:Health:Interval is 00:00:00.0900000; it must be from 00:00:00.1000000 to 00:01:00.")]
    [InlineData("Health:Interval", "00:01:01", "Gateway:Health:Interval is 00:01:01; it must be from 00:00:00.1000000 to 00:01:00.")]
    [InlineData("Health:Timeout", "00:00:00", "Gateway:Health:Timeout is 00:00:00; it must be from 00:00:00.0500000 to 00:01:00.")]
    [InlineData("Health:FailuresToDown", "0", "Gateway:Health:FailuresToDown is 0; it must be from 1 to 100.")]
    [InlineData("Health:SuccessesToUp", "101", "Gateway:Health:SuccessesToUp is 101; it must be from 1 to 100.")]
    [InlineData("Health:FailuresToEject", "0", "Gateway:Health:FailuresToEject is 0; it must be from 1 to 1000000.")]
    [InlineData("Health:ServerErrorsToEject", "1000001", "Gateway:Health:ServerErrorsToEject is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Health:LatencyFactor", "1.4", "Gateway:Health:LatencyFactor is 1.4; it must be from 1.5 to 100, or 0.")]
    [InlineData("Health:LatencyFactor", "NaN", "Gateway:Health:LatencyFactor is NaN; it must be from 1.5 to 100, or 0.")]
    [InlineData("Health:LatencyDifference", "00:00:00", "Gateway:Health:LatencyDifference is 00:00:00; it must be from 00:00:00.0100000 to 00:01:00.")]
    [InlineData("Health:SlowToEject", "0", "Gateway:Health:SlowToEject is 0; it must be from 1 to 100.")]
    [InlineData("Health:EjectionTime", "01:00:01", "Gateway:Health:EjectionTime is 01:00:01; it must be from 00:00:00 to 01:00:00.")]
    [InlineData("Health:MaxEjectionTime", "00:00:00", "Gateway:Health:MaxEjectionTime is 00:00:00; it must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Health:SlowStart", "00:05:01", "Gateway:Health:SlowStart is 00:05:01; it must be from 00:00:00 to 00:05:00.")]
    [InlineData("Forwarding:ConnectTimeout", "00:02:00", "Gateway:Forwarding:ConnectTimeout is 00:02:00; it must be from 00:00:00.0500000 to 00:01:00.")]
    [InlineData("Forwarding:ActivityTimeout", "00:00:00", "Gateway:Forwarding:ActivityTimeout is 00:00:00; it must be from 00:00:00.1000000 to 01:00:00.")]
    [InlineData("Forwarding:IdleConnectionTimeout", "00:00:00", "Gateway:Forwarding:IdleConnectionTimeout is 00:00:00; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Forwarding:ConnectionLifetime", "00:00:00", "Gateway:Forwarding:ConnectionLifetime is 00:00:00; it must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Forwarding:HeldAnswerBytes", "65537", "Gateway:Forwarding:HeldAnswerBytes is 65537; it must be from 0 to 65536.")]
    [InlineData("Retries:Budget", "1.5", "Gateway:Retries:Budget is 1.5; it must be from 0 to 1.")]
    [InlineData("Retries:Budget", "NaN", "Gateway:Retries:Budget is NaN; it must be from 0 to 1.")]
    [InlineData("Retries:Minimum", "-1", "Gateway:Retries:Minimum is -1; it must be from 0 to 1000.")]
    [InlineData("Retries:Deadline", "00:00:00", "Gateway:Retries:Deadline is 00:00:00; it must be from 00:00:00.1000000 to 01:00:00.")]
    [InlineData("Drain:Delay", "00:05:01", "Gateway:Drain:Delay is 00:05:01; it must be from 00:00:00 to 00:05:00.")]
    [InlineData("Drain:NextRequest", "00:01:01", "Gateway:Drain:NextRequest is 00:01:01; it must be from 00:00:00 to 00:01:00.")]
    [InlineData("Drain:HandoverNextRequest", "00:01:01", "Gateway:Drain:HandoverNextRequest is 00:01:01; it must be from 00:00:00 to 00:01:00.")]
    [InlineData("Drain:HandoverPath", "run/handover", "Gateway:Drain:HandoverPath is \"run/handover\"; it must be an absolute path.")]
    [InlineData("Drain:FirstRequest", "00:01:01", "Gateway:Drain:FirstRequest is 00:01:01; it must be from 00:00:00 to 00:01:00.")]
    [InlineData("Drain:Timeout", "00:00:00", "Gateway:Drain:Timeout is 00:00:00; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:RequestBodyBytes", "-1", "Gateway:Limits:RequestBodyBytes is -1; it must be from 0 to 1073741824.")]
    [InlineData("Limits:RequestLineBytes", "255", "Gateway:Limits:RequestLineBytes is 255; it must be from 256 to 65536.")]
    [InlineData("Limits:RequestHeadersBytes", "1023", "Gateway:Limits:RequestHeadersBytes is 1023; it must be from 1024 to 131072.")]
    [InlineData("Limits:RequestHeaderCount", "9", "Gateway:Limits:RequestHeaderCount is 9; it must be from 10 to 1000.")]
    [InlineData("Limits:RequestHeadersTimeout", "00:00:00", "Gateway:Limits:RequestHeadersTimeout is 00:00:00; it must be from 00:00:01 to 00:05:00.")]
    [InlineData("Limits:KeepAliveTimeout", "00:00:00", "Gateway:Limits:KeepAliveTimeout is 00:00:00; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:TlsHandshakeTimeout", "00:00:00", "Gateway:Limits:TlsHandshakeTimeout is 00:00:00; it must be from 00:00:00.1000000 to 00:01:00.")]
    [InlineData("Limits:Http2Streams", "0", "Gateway:Limits:Http2Streams is 0; it must be from 1 to 1000.")]
    [InlineData("Cache:Bytes", "-1", "Gateway:Cache:Bytes is -1; it must be from 0 to 68719476736.")]
    [InlineData("Cache:EntryBytes", "-1", "Gateway:Cache:EntryBytes is -1; it must be from 0 to 1073741824.")]
    [InlineData("Cache:EntryBytes", "67108865", "Gateway:Cache:EntryBytes is 67108865 and Gateway:Cache:Bytes is 67108864; an answer must fit into the cache.")]
    [InlineData("Cache:BypassCookies:0", "a=b", "Gateway:Cache:BypassCookies:0 is \"a=b\"; it must be a name.")]
    [InlineData("Cache:BypassHeaders:0", "", "Gateway:Cache:BypassHeaders:0 is \"\"; it must be a name.")]
    [InlineData("Limits:RequestBodyBytesPerSecond", "0", "Gateway:Limits:RequestBodyBytesPerSecond is 0; it must be from 1 to 1048576.")]
    [InlineData("Limits:RequestBodyBytesPerSecond", "1048577", "Gateway:Limits:RequestBodyBytesPerSecond is 1048577; it must be from 1 to 1048576.")]
    [InlineData("Limits:ResponseBytesPerSecond", "0", "Gateway:Limits:ResponseBytesPerSecond is 0; it must be from 1 to 1048576.")]
    [InlineData("Limits:ResponseBytesPerSecond", "1048577", "Gateway:Limits:ResponseBytesPerSecond is 1048577; it must be from 1 to 1048576.")]
    [InlineData("Limits:RequestBufferBytes", "1048577", "Gateway:Limits:RequestBufferBytes is 1048577; it must be from 4096 to 1048576.")]
    [InlineData("Limits:ResponseBufferBytes", "4095", "Gateway:Limits:ResponseBufferBytes is 4095; it must be from 4096 to 1048576.")]
    [InlineData("Limits:ResponseBufferBytes", "1048577", "Gateway:Limits:ResponseBufferBytes is 1048577; it must be from 4096 to 1048576.")]
    [InlineData("Limits:UnsentBytes", "16383", "Gateway:Limits:UnsentBytes is 16383; it must be from 16384 to 16777216.")]
    [InlineData("Limits:UnsentBytes", "16777217", "Gateway:Limits:UnsentBytes is 16777217; it must be from 16384 to 16777216.")]
    [InlineData("Limits:Connections", "15", "Gateway:Limits:Connections is 15; it must be from 16 to 1000000.")]
    [InlineData("Limits:Connections", "1000001", "Gateway:Limits:Connections is 1000001; it must be from 16 to 1000000.")]
    [InlineData("Limits:ConnectionsPerClient", "0", "Gateway:Limits:ConnectionsPerClient is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:ConnectionsPerClient", "1000001", "Gateway:Limits:ConnectionsPerClient is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:NewConnectionsPerClient", "0", "Gateway:Limits:NewConnectionsPerClient is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:NewConnectionsPerClient", "1000001", "Gateway:Limits:NewConnectionsPerClient is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:Handshakes", "0", "Gateway:Limits:Handshakes is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:Handshakes", "1000001", "Gateway:Limits:Handshakes is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:HandshakesPerClient", "0", "Gateway:Limits:HandshakesPerClient is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:HandshakesPerClient", "1000001", "Gateway:Limits:HandshakesPerClient is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:RequestsPerClient", "0", "Gateway:Limits:RequestsPerClient is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:RequestsPerClient", "1000001", "Gateway:Limits:RequestsPerClient is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:RequestBurst", "0", "Gateway:Limits:RequestBurst is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:RequestBurst", "1000001", "Gateway:Limits:RequestBurst is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:InFlight", "0", "Gateway:Limits:InFlight is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:InFlight", "1000001", "Gateway:Limits:InFlight is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:InFlightPerClient", "0", "Gateway:Limits:InFlightPerClient is 0; it must be from 1 to 1000000.")]
    [InlineData("Limits:InFlightPerClient", "1000001", "Gateway:Limits:InFlightPerClient is 1000001; it must be from 1 to 1000000.")]
    [InlineData("Limits:Memory", "0.19", "Gateway:Limits:Memory is 0.19; it must be from 0.2 to 1.")]
    [InlineData("Limits:Memory", "1.01", "Gateway:Limits:Memory is 1.01; it must be from 0.2 to 1.")]
    [InlineData("Limits:Ipv6Prefix", "31", "Gateway:Limits:Ipv6Prefix is 31; it must be from 32 to 64.")]
    [InlineData("Limits:Ipv6Prefix", "65", "Gateway:Limits:Ipv6Prefix is 65; it must be from 32 to 64.")]
    [InlineData("Limits:Http2:ControlFrames", "9", "Gateway:Limits:Http2:ControlFrames is 9; it must be from 10 to 1000000.")]
    [InlineData("Limits:Http2:ControlFrames", "1000001", "Gateway:Limits:Http2:ControlFrames is 1000001; it must be from 10 to 1000000.")]
    [InlineData("Limits:Http2:ControlFrameBurst", "9", "Gateway:Limits:Http2:ControlFrameBurst is 9; it must be from 10 to 1000000.")]
    [InlineData("Limits:Http2:ControlFrameBurst", "1000001", "Gateway:Limits:Http2:ControlFrameBurst is 1000001; it must be from 10 to 1000000.")]
    [InlineData("Limits:Http2:HeaderTableBytes", "-1", "Gateway:Limits:Http2:HeaderTableBytes is -1; it must be from 0 to 65536.")]
    [InlineData("Limits:Http2:HeaderTableBytes", "65537", "Gateway:Limits:Http2:HeaderTableBytes is 65537; it must be from 0 to 65536.")]
    [InlineData("Limits:Http2:FrameBytes", "16383", "Gateway:Limits:Http2:FrameBytes is 16383; it must be from 16384 to 1048576.")]
    [InlineData("Limits:Http2:FrameBytes", "1048577", "Gateway:Limits:Http2:FrameBytes is 1048577; it must be from 16384 to 1048576.")]
    [InlineData("Limits:Http2:ConnectionWindowBytes", "16777217", "Gateway:Limits:Http2:ConnectionWindowBytes is 16777217; it must be from 65535 to 16777216.")]
    [InlineData("Limits:Http2:StreamWindowBytes", "65534", "Gateway:Limits:Http2:StreamWindowBytes is 65534; it must be from 65535 to 16777216.")]
    [InlineData("Limits:RateGrace", "00:00:01", "Gateway:Limits:RateGrace is 00:00:01; it must be from 00:00:02 to 00:05:00.")]
    [InlineData("Limits:RateGrace", "00:05:01", "Gateway:Limits:RateGrace is 00:05:01; it must be from 00:00:02 to 00:05:00.")]
    [InlineData("Limits:Http2:PingDelay", "00:00:00", "Gateway:Limits:Http2:PingDelay is 00:00:00; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:Http2:PingDelay", "01:00:01", "Gateway:Limits:Http2:PingDelay is 01:00:01; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:Http2:PingTimeout", "00:00:00", "Gateway:Limits:Http2:PingTimeout is 00:00:00; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:Http2:PingTimeout", "01:00:01", "Gateway:Limits:Http2:PingTimeout is 01:00:01; it must be from 00:00:01 to 01:00:00.")]
    [InlineData("Limits:RequestBufferBytes", "16383", "Gateway:Limits:RequestBufferBytes is 16383 and Gateway:Limits:RequestHeadersBytes is 16384; it must not be less.")]
    [InlineData("Limits:Http2:ConnectionWindowBytes", "98303", "Gateway:Limits:Http2:StreamWindowBytes is 98304 and Gateway:Limits:Http2:ConnectionWindowBytes is 98303; it must not be more.")]
    [InlineData("Limits:Memory", "NaN", "Gateway:Limits:Memory is NaN; it must be from 0.2 to 1.")]
    [InlineData("Limits:Allow:0", "10.0.0.1/8", "Gateway:Limits:Allow:0 is \"10.0.0.1/8\"; it must be an IP address, or a network as ADDRESS/BITS with no bit set after the first BITS.")]
    [InlineData("Limits:Deny:0", "none", "Gateway:Limits:Deny:0 is \"none\"; it must be an IP address, or a network as ADDRESS/BITS with no bit set after the first BITS.")]
    [InlineData("Tracing:SampleRatio", "-0.1", "Gateway:Tracing:SampleRatio is -0.1; it must be from 0 to 1.")]
    [InlineData("Tracing:SampleRatio", "1.1", "Gateway:Tracing:SampleRatio is 1.1; it must be from 0 to 1.")]
    [InlineData("AccessLog:Capacity", "15", "Gateway:AccessLog:Capacity is 15; it must be from 16 to 1048576.")]
    public void Value_ThatIsWrong_IsNamedWithWhatItMustBe(string key, string? value, string expected) =>
        Assert.Equal([expected], Assert.Throws<GatewayConfigurationException>(() => Load((key, value))).Errors);

    [Fact]
    public void Buffer_ThatHoldsNoRequestLine_IsRefused() => Assert.Equal(
        ["Gateway:Limits:RequestBufferBytes is 4096 and Gateway:Limits:RequestLineBytes is 8192; it must not be less."],
        Assert.Throws<GatewayConfigurationException>(() => Load(("Limits:RequestBufferBytes", "4096"), ("Limits:RequestHeadersBytes", "4096"))).Errors);

    [Fact]
    public void NothingConfigured_NamesEverythingThatIsNeeded()
    {
        IConfiguration empty = new ConfigurationBuilder().Build();

        Assert.Equal(
            [
                "Gateway:CertificatePath is not set; it must name a PEM file.",
                "Gateway:KeyPath is not set; it must name a PEM file.",
                "Gateway:BackendCaPath is not set; it must name a PEM file.",
                "Gateway:Backends has 0 entries; it must have 1 to 64.",
            ],
            Assert.Throws<GatewayConfigurationException>(() => GatewayConfiguration.Load(empty)).Errors);
    }

    [Theory]
    [InlineData("HttpsPrt", "1", "The configuration has 'HttpsPrt' where GatewayOptions has no such setting; correct the spelling or remove it.")]
    [InlineData("Health:Intervall", "00:00:01", "The configuration has 'Intervall' where HealthOptions has no such setting; correct the spelling or remove it.")]
    [InlineData("Backends:0:Uri", "https://127.0.0.1:1", "The configuration has 'Uri' where BackendOptions has no such setting; correct the spelling or remove it.")]
    [InlineData("HttpsPort", "many", "Gateway:HttpsPort is 'many'; it must be a whole number.")]
    public void Key_ThatIsUnknownOrMalformed_IsNamed(string key, string value, string expected) =>
        Assert.Equal([expected], Assert.Throws<GatewayConfigurationException>(() => Load((key, value))).Errors);

    private static GatewayOptions Load(params (string Key, string? Value)[] changes)
    {
        Dictionary<string, string?> values = new(Valid);
        foreach ((string key, string? value) in changes)
            values[key] = value;
        return GatewayConfiguration.Load(new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(pair => $"Gateway:{pair.Key}", pair => pair.Value))
            .Build());
    }
}
