using System.Globalization;
using FooBar.Load.Journeys;
using FooBar.Testing;

namespace FooBar.Faults.Tests;

/// <summary>
/// How much of the promised load is put on the site. The stack, the load and the test share one machine, and what a virtual machine gives
/// changes by the minute: a load that it hardly carries while nothing is broken tells nothing about faults. A thorough run takes all of it.
/// </summary>
internal sealed class MachinePace(FaultySite site)
{
    /// <summary>Posts a second of the promised load, each with one read beside it.</summary>
    private const double Promised = 50;

    /// <summary>How much more the site must carry while it is whole: a database server that starts takes a processor for itself.</summary>
    private const double Headroom = 4;

    private const int Visitors = 8;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    private bool _isWarm;

    /// <summary>Measures now, and says what came out; from a tenth to 1. The first call warms the site up.</summary>
    public async Task<double> MeasureAsync(CancellationToken cancellationToken)
    {
        using Visitors visitors = site.Visitors(Visitors);
        if (!_isWarm)
        {
            await CarriedAsync(visitors, WarmUp, cancellationToken);
            _isWarm = true;
        }

        if (Catalogue.IsThorough)
        {
            return 1;
        }

        double carried = await CarriedAsync(visitors, Measured, cancellationToken);
        double pace = Math.Clamp(carried / (Headroom * Promised), 0.1, 1);
        FaultySite.Say(string.Create(CultureInfo.InvariantCulture, $"the whole site carries {carried:0} posts and reads a second; {pace:P0} of the promised load"));
        return pace;
    }

    /// <summary>How many posts a second, each with a read behind it, so many visitors get done who never wait.</summary>
    private static async Task<double> CarriedAsync(Visitors visitors, TimeSpan duration, CancellationToken cancellationToken)
    {
        PostNotice post = new(visitors, new PostJournal("Pace"), TimeProvider.System);
        ReadPost read = new(visitors, TimeProvider.System);
        int begun = 0;
        int done = 0;
        long startedAt = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Visitors).Select(_ => Task.Run(VisitAsync, cancellationToken)));
        return done / TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;

        async Task VisitAsync()
        {
            while (TimeProvider.System.GetElapsedTime(startedAt) < duration)
            {
                int index = Interlocked.Increment(ref begun);
                Assert.Null(await post.RunAsync(index, cancellationToken));
                Assert.Null(await read.RunAsync(index, cancellationToken));
                Interlocked.Increment(ref done);
            }
        }
    }
}
