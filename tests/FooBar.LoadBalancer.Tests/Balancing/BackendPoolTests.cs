using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Balancing;

/// <summary>What persons and reloads do to the backends.</summary>
public sealed class BackendPoolTests
{
    [Fact]
    public void Weight_OfZero_TakesTheBackendOutAndBack()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(2));

        pool.SetWeight(pool.All[0], 0);
        Assert.Equal(("web-2", "web-2"), (Names(pool.Available), Names([.. pool.Up])));
        pool.SetWeight(pool.All[1], 0);
        Assert.Equal("", Names(pool.Available));

        pool.SetWeight(pool.All[0], 1);
        Assert.Equal("web-1", Names(pool.Available));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(257)]
    public void Weight_OutOfRange_IsRefused(int weight)
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(1));

        Assert.Equal("weight", Assert.Throws<ArgumentOutOfRangeException>(() => pool.SetWeight(pool.All[0], weight)).ParamName);
        Assert.Equal(100, pool.All[0].Weight);
    }

    [Fact]
    public void Reload_WithTheSameWeight_KeepsTheOneThatAPersonGave()
    {
        BackendPool pool = Fakes.Pool(Fakes.Backends(2));
        pool.SetWeight(pool.All[0], 7);
        pool.SetWeight(pool.All[1], 7);

        Reload(pool, (1, 100), (2, 50));
        Assert.Equal([7, 50], pool.All.Select(backend => backend.Weight));

        Reload(pool, (1, 7), (2, 100));
        Assert.Equal([7, 100], pool.All.Select(backend => backend.Weight));
    }

    private static void Reload(BackendPool pool, params (int Number, int Weight)[] backends)
    {
        GatewayOptions options = new();
        foreach ((int number, int weight) in backends)
            options.Backends.Add(new BackendOptions { Name = $"web-{number}", Url = $"https://127.0.0.1:{7000 + number}", Weight = weight });
        pool.Prepare(Fakes.Settings(options))();
    }

    private static string Names(ReadOnlySpan<Backend> backends) => string.Join(' ', backends.ToArray().Select(backend => backend.Name));
}
