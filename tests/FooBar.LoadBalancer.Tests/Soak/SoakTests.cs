using System.Globalization;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Soak;

/// <summary>A gateway at work for long: what it holds does not grow, and when the last visitor has left, it has nothing in hand.</summary>
[Collection(nameof(SoakTests))]
public sealed class SoakTests
{
    /// <summary>The share of what it could do.</summary>
    private const double Share = 0.7;

    private static readonly TimeSpan _limitTime = TimeSpan.FromSeconds(Catalogue.Times(plain: 1, thorough: 20));
    private static readonly TimeSpan _time = TimeSpan.FromSeconds(Catalogue.IsThorough ? ThoroughSeconds() : 3);
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(Catalogue.Times(plain: 1, thorough: 10));

    [Fact]
    public async Task Gateway_AtWorkForLong_HoldsNoMoreThanBefore_AndNothingInTheEnd()
    {
        await using SoakSite site = await SoakSite.StartAsync();
        List<Footprint> footprints = [];
        long answered;
        string figures;
        using (SoakLoad load = new(site))
        {
            // The gateway keeps 10,240 TLS sessions, about a kilobyte each: until there are as many, each new connection adds one.
            await load.ComeAsync(Catalogue.Times(plain: 50, thorough: 10_500));

            // The first of them are slow: nothing is compiled.
            await load.AsFastAsItGoesAsync(_limitTime);
            TimeSpan before = site.Gateway.ProcessorTime;
            long start = TimeProvider.System.GetTimestamp();
            double limit = await load.AsFastAsItGoesAsync(_limitTime);
            double cores = (site.Gateway.ProcessorTime - before) / TimeProvider.System.GetElapsedTime(start);
            figures = string.Create(CultureInfo.InvariantCulture, $"limit {limit:0} requests a second with {cores:0.00} of {Environment.ProcessorCount} cores for the gateway");
            Tell(figures);

            answered = load.Answered;
            Task<double> working = load.AtAsync(limit * Share, _time);
            using PeriodicTimer timer = new(_pace, TimeProvider.System);
            while (!working.IsCompleted && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            {
                footprints.Add(await Footprint.TakeAsync(site.Gateway));
                Tell(footprints[^1].ToString());
            }

            double rate = await working;
            answered = load.Answered - answered;
            figures += string.Create(CultureInfo.InvariantCulture, $"; then {answered:N0} in {_time.TotalSeconds:0} s, {rate:0} a second, {load.Failures.Count} failed");
            if (load.Failures.Count > 0)
                Assert.Fail($"{figures}\n{string.Join('\n', load.Failures.Take(20))}\n{await site.Gateway.EndAsync()}");
        }

        await site.NothingIsLeftAsync();
        Assert.NotEmpty(footprints);
        if (!Catalogue.IsThorough)
        {
            EvidenceLine.Print("Soak for a moment", $"{figures}; at its end nothing in hand");
            return;
        }

        Growth[] growths = [.. Footprint.Quantities.Select(quantity => Growth.Of(quantity.Name, [.. footprints.Select(quantity.Of)], quantity.Bound))];
        EvidenceLine.Print($"Soak at {Share:P0} of the load limit: medians of the middle and the last third", $"{figures}; {string.Join(", ", growths.Select(growth => growth.ToString()))}; at its end nothing in hand");
        Assert.All(growths, growth => Assert.True(growth.IsFlat, $"{growth}\n{string.Join('\n', footprints)}"));
    }

    /// <summary>Ten minutes, unless somebody who looks for a leak wants another time.</summary>
    private static int ThoroughSeconds() => int.TryParse(Environment.GetEnvironmentVariable("FOOBAR_TEST_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int given) ? given : 600;

    /// <summary>Whoever watches a long run ends it when he hears nothing.</summary>
    private static void Tell(string what)
    {
        if (Catalogue.IsThorough)
            Console.WriteLine($"soak: {what}");
    }
}

/// <summary>Nothing else may run meanwhile: it is about a share of what the machine can do.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
public sealed class AloneOnTheMachine;
