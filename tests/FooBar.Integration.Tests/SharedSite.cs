using FooBar.Testing.Site;

[assembly: AssemblyFixture(typeof(FooBar.Integration.Tests.SharedSite))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace FooBar.Integration.Tests;

/// <summary>The one stack that all tests of this assembly share. They run one after the other: several count requests.</summary>
public sealed class SharedSite : IAsyncLifetime
{
    public RunningSite Running { get; private set; } = null!;

    /// <summary>For admin ports and Prometheus, which speak plain HTTP on loopback.</summary>
    public HttpClient Admin { get; } = new();

    public async ValueTask InitializeAsync() => Running = await RunningSite.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        if (Running is not null)
        {
            await Running.DisposeAsync();
        }
    }

    public HttpClient Visitor(Version? version = null) => VerifiedHttp.Create(Running.Gateway.Url, Running.CaCertificatePath, version);

    /// <summary>A metric summed over the web instances, each alone, in their order.</summary>
    public async Task<double[]> WebMetricAsync(string name, params string[] labels)
    {
        MetricsPage[] pages = await Task.WhenAll(Running.Web.Select(web => MetricsPage.ScrapeAsync(Admin, web.Admin, TestContext.Current.CancellationToken)));
        return [.. pages.Select(page => page.Sum(name, labels))];
    }
}
