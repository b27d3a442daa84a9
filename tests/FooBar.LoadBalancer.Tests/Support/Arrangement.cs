using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>The usual arrangement: a gateway in front of two backends, one authority for all three.</summary>
internal sealed class Arrangement : IAsyncDisposable
{
    private Arrangement(TestCertificates certificates, TestBackend first, TestBackend second, TestGateway gateway)
    {
        Certificates = certificates;
        First = first;
        Second = second;
        Gateway = gateway;
    }

    public TestCertificates Certificates { get; }

    public TestBackend First { get; }

    public TestBackend Second { get; }

    public TestGateway Gateway { get; }

    public static Task<Arrangement> StartAsync(params string[] settings) => StartAsync(TimeProvider.System, settings);

    public static async Task<Arrangement> StartAsync(TimeProvider time, params string[] settings)
    {
        TestCertificates certificates = new();
        TestBackend first = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        TestBackend second = await TestBackend.StartAsync("web-2", certificates.Issue("127.0.0.1"));
        TestGateway gateway = await TestGateway.StartAsync(certificates, [first, second], time, settings);
        return new Arrangement(certificates, first, second, gateway);
    }

    /// <summary>Gives both backends the same behaviour.</summary>
    public void Handle(Microsoft.AspNetCore.Http.RequestDelegate handler) => First.Handler = Second.Handler = handler;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await First.DisposeAsync();
        await Second.DisposeAsync();
        Certificates.Dispose();
    }
}
