using System.Net;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.Stack;

public sealed class StackStatusTests : IDisposable
{
    private static readonly ProcessIdentity Alive = ProcessIdentity.Of(Environment.ProcessId)!;
    private static readonly ProcessIdentity Dead = new(int.MaxValue, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public StackStatusTests() => _state = new StateFolder(_folder["state"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_OfNothing_HasTheShapeThatScriptsRelyOn()
    {
        Assert.Equal(
            """
            {
              "gateway": null,
              "web": [],
              "db": [],
              "prometheus": null,
              "alertmanager": null
            }
            """,
            StackStatus.Nothing.ToJson());
    }

    [Fact]
    public async Task Json_OfAStack_HasTheShapeThatScriptsRelyOn()
    {
        StackStatus status = await InspectAsync(
            new Admin(),
            Child("web-2", "web", 9612, Alive),
            Child("gateway", "gateway", 9600, Alive),
            Child("web-1", "web", 9611, Dead),
            new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, Dead),
            new ChildRecord("prometheus", "prometheus", "http://127.0.0.1:9090", null, null, 0, Alive));

        Assert.Equal(
            $$"""
            {
              "gateway": {
                "url": "https://gateway.test",
                "admin": "http://127.0.0.1:9600",
                "pid": {{Alive.Id}},
                "state": "ready"
              },
              "web": [
                {
                  "name": "web-1",
                  "url": "https://web-1.test",
                  "admin": "http://127.0.0.1:9611",
                  "pid": {{Dead.Id}},
                  "state": "dead"
                },
                {
                  "name": "web-2",
                  "url": "https://web-2.test",
                  "admin": "http://127.0.0.1:9612",
                  "pid": {{Alive.Id}},
                  "state": "ready"
                }
              ],
              "db": [
                {
                  "name": "db-1",
                  "host": "127.0.0.1",
                  "port": 13306,
                  "role": "none",
                  "state": "dead",
                  "pid": {{Dead.Id}}
                }
              ],
              "prometheus": {
                "url": "http://127.0.0.1:9090"
              },
              "alertmanager": null
            }
            """,
            status.ToJson());
    }

    [Fact]
    public async Task State_OfAProcessThatIsNotReadyOrDoesNotAnswer_IsNotReady()
    {
        StackStatus status = await InspectAsync(
            new Admin { ["http://127.0.0.1:9611/health/ready"] = HttpStatusCode.ServiceUnavailable, ["http://127.0.0.1:9612/health/ready"] = null },
            Child("web-1", "web", 9611, Alive),
            Child("web-2", "web", 9612, Alive),
            Child("web-3", "web", 9613, Alive));

        Assert.Equal(["not ready", "not ready", "ready"], status.Web.Select(web => web.State));
    }

    [Fact]
    public async Task State_OfADatabaseWithoutAGroupThatAnswers_IsOffline()
    {
        StackStatus status = await InspectAsync(new Admin(), new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, Alive));

        Assert.Equal(new DbStatus("db-1", "127.0.0.1", 13306, "none", "offline", Alive.Id), Assert.Single(status.Db));
    }

    [Fact]
    public async Task State_OfAProcessThatEnded_SaysWhatTheSupervisorDoesAboutIt()
    {
        StackStatus status = await InspectAsync(
            new Admin(),
            Child("web-1", "web", 9611, Dead) with { Condition = ChildCondition.Restarting },
            Child("web-2", "web", 9612, Dead) with { Condition = ChildCondition.Held },
            new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, null) { Condition = ChildCondition.Held },
            new ChildRecord("prometheus", "prometheus", "http://127.0.0.1:9090", null, null, 0, Dead) { Condition = ChildCondition.Restarting });

        Assert.Equal(["restarting", "held"], status.Web.Select(web => web.State));
        Assert.Equal(("none", "held"), (status.Db[0].Role, status.Db[0].State));
        Assert.Equal("restarting", status.Prometheus!.State);
    }

    private static ChildRecord Child(string name, string kind, int admin, ProcessIdentity process) =>
        new(name, kind, $"https://{name}.test", $"http://127.0.0.1:{admin}", null, 0, process);

    private async Task<StackStatus> InspectAsync(Admin admin, params ChildRecord[] children)
    {
        using HttpClient http = new(admin);
        return await StackStatus.InspectAsync(new StackRecord(Alive, "running", "https://localhost:8443", null, children), _state, http, TestContext.Current.CancellationToken);
    }

    /// <summary>Every admin address at once: ready unless told otherwise; null refuses the connection.</summary>
    private sealed class Admin : HttpMessageHandler
    {
        private readonly Dictionary<string, HttpStatusCode?> _answers = [];

        public HttpStatusCode? this[string url]
        {
            set => _answers[url] = value;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(_answers.GetValueOrDefault(request.RequestUri!.ToString(), HttpStatusCode.OK) ?? throw new HttpRequestException("Connection refused")));
    }
}
