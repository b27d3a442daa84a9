using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FooBar.Data.Tests.Fakes;

/// <summary>Everything one database measured, by instrument and labels: <c>database.queries{node=db-1,operation=read,role=primary}</c>.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _values = new();

    public RecordedMetrics(Database database)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, database))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.IsObservable)
                _values[Key(instrument, tags)] = value;
            else
                _values.AddOrUpdate(Key(instrument, tags), value, (_, sum) => sum + value);
        });
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => _values[Key(instrument, tags)] = value);
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _values[Key(instrument, tags)] = value);
        _listener.Start();
    }

    public double this[string key] => Now.GetValueOrDefault(key);

    public IEnumerable<KeyValuePair<string, double>> All => Now.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Whether it was measured at all.</summary>
    public bool Has(string key) => Now.ContainsKey(key);

    /// <summary>The sum over all label sets that contain every given part.</summary>
    public double Sum(string instrument, params string[] parts) => Now
        .Where(pair => pair.Key.StartsWith(instrument + "{", StringComparison.Ordinal)
            && parts.All(part => pair.Key.Contains(part, StringComparison.Ordinal)))
        .Sum(pair => pair.Value);

    public void Dispose() => _listener.Dispose();

    private ConcurrentDictionary<string, double> Now
    {
        get
        {
            _listener.RecordObservableInstruments();
            return _values;
        }
    }

    private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        $"{instrument.Name}{{{string.Join(',', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"))}}}";
}
