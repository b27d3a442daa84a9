using System.Diagnostics.Metrics;
using System.Net;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class ShedRecordTests : IDisposable
{
    private static readonly ClientKey Somebody = ClientKey.Of(IPAddress.Parse("192.0.2.1"), 64);

    private readonly FakeTime _time = new();
    private readonly LogLines _log = new();
    private readonly LoggerFactory _loggers;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LimitMetrics _metrics;
    private readonly ShedRecord _record;

    public ShedRecordTests()
    {
        _loggers = new LoggerFactory([_log]);
        MemoryWatch memory = new(new CurrentSettings(new GatewayOptions()), new MemorySource(() => default), [], NullLogger<MemoryWatch>.Instance);
        _metrics = new LimitMetrics(_services.GetRequiredService<IMeterFactory>(), new Occupancy(), new ClientTable(_time), memory);
        _record = new ShedRecord(_metrics, _time, _loggers.CreateLogger<ShedRecord>());
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _services.Dispose();
        _loggers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Flood_IsTwoLines_ItsBeginAndItsEnd()
    {
        for (int second = 0; second < 30; second++)
        {
            for (int i = 0; i < 100; i++)
                _record.Add(ShedReason.Rate, Somebody);
            _time.Advance(TimeSpan.FromSeconds(1));
            _record.Look();
        }

        Assert.Equal([Line("Warning", 1501, "Connections or requests are refused now, of 192.0.2.1 first: they meet the limit 'rate'")], _log.Lines);
        _time.Advance(ShedRecord.Quiet - TimeSpan.FromSeconds(1));
        _record.Look();

        Assert.Equal(Line("Information", 1502, "Nothing meets the limit 'rate' any more; 3000 connections or requests did"), _log.Lines[^1]);
        _time.Advance(ShedRecord.Quiet);
        _record.Look();
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public void Reasons_HaveTheirOwnLines_AndASecondSpellIsTold()
    {
        _record.Add(ShedReason.Connections, Somebody);
        _record.Add(ShedReason.Memory, null);
        _time.Advance(ShedRecord.Quiet);
        _record.Look();
        _record.Add(ShedReason.Memory, null);

        Assert.Equal(
            [
                Line("Warning", 1501, "Connections or requests are refused now, of 192.0.2.1 first: they meet the limit 'connections'"),
                Line("Warning", 1501, "Connections or requests are refused now, of an unknown client first: they meet the limit 'memory'"),
                Line("Information", 1502, "Nothing meets the limit 'connections' any more; 1 connections or requests did"),
                Line("Information", 1502, "Nothing meets the limit 'memory' any more; 1 connections or requests did"),
                Line("Warning", 1501, "Connections or requests are refused now, of an unknown client first: they meet the limit 'memory'"),
            ],
            _log.Lines);
    }

    [Fact]
    public void EveryReason_HasANameOfItsOwn() =>
        Assert.Equal(ShedReasonNames.All.Count, ShedReasonNames.All.Select(reason => reason.Text()).Distinct().Count());

    private static string Line(string level, int id, string text) => $"{level} FooBar.LoadBalancer.Limits.ShedRecord[{id}] {text}";
}
