using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.Stack;

public sealed class PrometheusServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public PrometheusServerTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Targets_AreTheAdminAddressOfEveryProcess()
    {
        PrometheusServer server = new(new StackOptions { PortOffset = 1000 }, new PrometheusInstallation("/tools/prometheus"), _state);

        Assert.Equal([("gateway", "gateway", 10600), ("web", "web-1", 10611), ("web", "web-2", 10612)], server.Targets);
        Assert.Equal("http://127.0.0.1:10090", server.Url);
    }

    [Fact]
    public void Configuration_OfADefaultStack_IsThisFile()
    {
        new PrometheusServer(new StackOptions(), new PrometheusInstallation("/tools/prometheus"), _state).Prepare();

        Assert.Equal(
            """
            # Written by foobar at every start: changes made here are lost.
            global:
              # One machine, a handful of targets: a short interval shows a change at once. Production scrapes every 15 s.
              scrape_interval: 2s
              scrape_timeout: 2s
            scrape_configs:
              - job_name: gateway
                static_configs:
                  - targets: ['127.0.0.1:9600']
                    labels: { instance: gateway }
              - job_name: web
                static_configs:
                  - targets: ['127.0.0.1:9611']
                    labels: { instance: web-1 }
                  - targets: ['127.0.0.1:9612']
                    labels: { instance: web-2 }
              - job_name: prometheus
                static_configs:
                  - targets: ['127.0.0.1:9090']
                    labels: { instance: prometheus }

            """,
            File.ReadAllText(Path.Combine(_state.Prometheus, "prometheus.yml")));
    }

    [Fact]
    public void Start_ListensOnLoopbackOnlyAndKeepsWithinItsRetention()
    {
        ChildSpecification start = new PrometheusServer(new StackOptions(), new PrometheusInstallation("/tools/prometheus"), _state).Prepare();

        Assert.Equal("prometheus", start.Name);
        Assert.Equal("/tools/prometheus/bin/prometheus", start.FileName);
        Assert.Equal(
            [
                $"--config.file={_state.Prometheus}/prometheus.yml",
                $"--storage.tsdb.path={_state.Prometheus}/data",
                "--storage.tsdb.retention.time=15d",
                "--storage.tsdb.retention.size=512MB",
                "--web.listen-address=127.0.0.1:9090",
            ],
            start.Arguments);
        Assert.Equal("TERM", start.ParentDeathSignal);
        Assert.Equal(_state.Log("prometheus"), start.LogFile);
    }

    [Fact]
    public async Task CountTargets_OfAServerThatDoesNotAnswer_IsNone()
    {
        using HttpClient http = new(new NobodyThere());
        PrometheusServer server = new(new StackOptions(), new PrometheusInstallation("/tools/prometheus"), _state);

        Assert.Equal((0, 0), await server.CountTargetsAsync(http, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CountTargets_OfAnAnswer_CountsThoseThatAreUp()
    {
        using HttpClient http = new(new Answers("""
            {"status":"success","data":{"activeTargets":[
              {"labels":{"job":"gateway"},"health":"up"},
              {"labels":{"job":"web"},"health":"unknown"},
              {"labels":{"job":"web"},"health":"down"},
              {"labels":{"job":"prometheus"},"health":"up"}],"droppedTargets":[]}}
            """));
        PrometheusServer server = new(new StackOptions(), new PrometheusInstallation("/tools/prometheus"), _state);

        Assert.Equal((2, 4), await server.CountTargetsAsync(http, TestContext.Current.CancellationToken));
    }

    private sealed class NobodyThere : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException("Connection refused");
    }

    private sealed class Answers(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("http://127.0.0.1:9090/api/v1/targets?state=active", request.RequestUri!.ToString());
            return Task.FromResult(new HttpResponseMessage { Content = new StringContent(body) });
        }
    }
}
