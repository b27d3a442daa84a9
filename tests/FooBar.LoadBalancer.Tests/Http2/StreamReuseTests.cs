using System.Collections.Concurrent;
using System.Reflection;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.ServiceDefaults.Http2;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>A stream that the server uses anew answers, also if its last request left it marked as one that stands in the queue.</summary>
public sealed class StreamReuseTests
{
    /// <summary>Requests until the server takes the stream of the first one again; it does with the second or third.</summary>
    private const int Most = 200;

    [Fact]
    public void Mark_IsWhereItIsLookedFor() => Assert.True(StreamReuse.IsKnown);

    [Fact]
    public async Task MarkThatWasLeft_LosesNoAnswer()
    {
        using TestCertificates certificates = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        Streams seen = new();
        await using TestGateway gateway = await TestGateway.StartAsync(
            certificates, [(backend.Name, backend.Url)], services => services.AddSingleton<IStartupFilter>(seen));
        await gateway.AvailableAsync("web-1");
        await using RawHttp2Client client = await RawHttp2Client.ConnectAsync(gateway.HttpsPort, certificates.Authority);

        int requests = 0;
        do
        {
            int before = requests;
            await client.SendAsync(new Http2Frames().Get(1 + (2 * requests++), "/"));
            await Eventually.TrueAsync(() => client.Ended == requests, () => $"the answer to request {requests} is lost");
            if (before == 0)
                Mark(seen.All.Single());
        }
        while (requests < Most && seen.All.Count(stream => ReferenceEquals(stream, seen.All.First())) == 1);

        Assert.InRange(requests, 2, Most - 1);
    }

    /// <summary>As the server leaves it when it is queued in the moment in which its answer becomes complete.</summary>
    private static void Mark(IFeatureCollection stream)
    {
        object output = Field(stream.GetType().BaseType!, "_http2Output").GetValue(stream)!;
        Field(output.GetType(), "_isScheduled").SetValue(output, true);

        static FieldInfo Field(Type type, string name) => type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
    }

    /// <summary>Notes the stream of each request, before the gateway sees it.</summary>
    private sealed class Streams : IStartupFilter
    {
        private readonly ConcurrentQueue<IFeatureCollection> _all = new();

        public IReadOnlyCollection<IFeatureCollection> All => _all;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(application => context =>
            {
                _all.Enqueue(context.Features);
                return application(context);
            });
            next(app);
        };
    }
}
