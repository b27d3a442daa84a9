using System.Collections.Concurrent;
using System.Diagnostics;

namespace FooBar.Data.Tests.Fakes;

/// <summary>The data layer's traces of what the test does from here on: those of other tests, which run at the same time, are left out.</summary>
internal sealed class RecordedTraces : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly Activity _request;

    public RecordedTraces()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == Database.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
        _request = new Activity("request").Start();
    }

    /// <summary>Those that have ended, in that order.</summary>
    public Activity[] Ended => [.. _ended.Where(activity => activity.TraceId == _request.TraceId)];

    /// <summary>The only one that has ended.</summary>
    public Activity Single => Assert.Single(Ended);

    /// <summary>The events of the only one that have a name.</summary>
    public ActivityEvent[] Events(string name) => [.. Single.Events.Where(one => one.Name == name)];

    /// <summary>A tag of an event.</summary>
    public static object? Tag(ActivityEvent one, string name) => one.Tags.FirstOrDefault(tag => tag.Key == name).Value;

    public void Dispose()
    {
        _request.Dispose();
        _listener.Dispose();
    }
}
