using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Tests.Progress;

/// <summary>Keeps what was reported.</summary>
internal sealed class RecordedProgress : IStartProgress
{
    public List<ProgressEvent> Events { get; } = [];

    public void Report(ProgressEvent news) => Events.Add(news);
}
