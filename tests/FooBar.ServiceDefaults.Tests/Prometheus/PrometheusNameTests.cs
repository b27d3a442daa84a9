using FooBar.ServiceDefaults.Prometheus;

namespace FooBar.ServiceDefaults.Tests.Prometheus;

public sealed class PrometheusNameTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", "Histogram", "http_server_request_duration_seconds")]
    [InlineData("database.queries", "{query}", "Counter", "database_queries")]
    [InlineData("gateway.requests", "", "Counter", "gateway_requests")]
    [InlineData("jobs.total", "{job}", "Counter", "jobs")]
    [InlineData("jobs.total", "", "Gauge", "jobs_total")]
    [InlineData("dotnet.gc.pause.time", "s", "Counter", "dotnet_gc_pause_time_seconds")]
    [InlineData("queue.wait_seconds", "s", "Histogram", "queue_wait_seconds")]
    [InlineData("seconds", "s", "Gauge", "seconds")]
    [InlineData("milliseconds", "s", "Gauge", "milliseconds_seconds")]
    [InlineData("cache.size", "By", "Gauge", "cache_size_bytes")]
    [InlineData("cache.hits", "1", "Gauge", "cache_hits_ratio")]
    [InlineData("disk.read", "By/s", "Gauge", "disk_read_bytes_per_second")]
    [InlineData("disk.io", "{operation}/s", "Gauge", "disk_io_per_second")]
    [InlineData("disk.wait", "s/{operation}", "Gauge", "disk_wait_seconds")]
    [InlineData("3d.views", "", "Gauge", "_3d_views")]
    [InlineData("a-b..c d", "", "Gauge", "a_b_c_d")]
    [InlineData("rule:name", "", "Gauge", "rule:name")]
    [InlineData("größe", "", "Gauge", "gr_e")]
    [InlineData("odd", "foo bar", "Gauge", "odd_foo_bar")]
    public void OfFamily_NameAndUnit_FollowTheCompatibilityRules(string name, string unit, string kind, string expected) =>
        Assert.Equal(expected, PrometheusName.OfFamily(name, unit, Enum.Parse<FamilyKind>(kind)));

    [Theory]
    [InlineData("http.response.status_code", "http_response_status_code")]
    [InlineData("rule:name", "rule_name")]
    [InlineData("1st", "_1st")]
    [InlineData("", "_")]
    [InlineData("__name__", "_name_")]
    public void OfLabel_Key_HasOnlyWhatALabelMayHold(string key, string expected) => Assert.Equal(expected, PrometheusName.OfLabel(key));
}
