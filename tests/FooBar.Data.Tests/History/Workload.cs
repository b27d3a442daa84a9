using System.Collections.Concurrent;
using FooBar.Testing;

namespace FooBar.Data.Tests.History;

/// <summary>
/// Clients of several application instances that append to short lists and read them, at a rate that does not depend on the answers, and the
/// history of what they were told.
/// </summary>
/// <remarks>
/// The appended values have no unique key of their own, so that a second application shows. Each run has lists of its own, so that several may
/// use one table one after another.
/// </remarks>
internal sealed partial class Workload : IAsyncDisposable
{
    /// <summary>The table's definition.</summary>
    public const string Table = $"""
        CREATE TABLE {MySqlGroup.Schema}.log_entry (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            log INT NOT NULL,
            value BIGINT NOT NULL,
            KEY (log)
        )
        """;

    /// <summary>Between two looks at what is due: below the distance of two operations.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    /// <summary>How long <see cref="MoreAsync"/> waits, and the operations may take to end: longer than any of them may.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What reads that may be old ask for.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(1);

    /// <summary>Failures that are kept to explain a run.</summary>
    private const int KeptFailures = 20;

    private static int s_lists;
    private static long s_values;

    private readonly IReadOnlyList<Database> _instances;
    private readonly WorkloadOptions _options;
    private readonly Random _random;
    private readonly HistoryRecorder _recorder = new(TimeProvider.System);
    private readonly CausalSession[] _sessions;
    private readonly (int Key, int Left)[] _open;
    private readonly List<int> _lists = [];
    private readonly SemaphoreSlim _room;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private Task? _running;
    private TimeSpan _ran;
    private int _begun;
    private int _notBegun;

    /// <summary>Makes it; nothing is begun before <see cref="StartAsync"/>.</summary>
    /// <param name="instances">Application instances that have been started, at least two.</param>
    /// <param name="options">What to do; null for the defaults.</param>
    public Workload(IReadOnlyList<Database> instances, WorkloadOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instances.Count, 2);
        _instances = instances;
        _options = options ?? new();
        _random = new(_options.Seed);
        _sessions = [.. Enumerable.Range(0, _options.Sessions).Select(number => new CausalSession(number))];
        _open = [.. Enumerable.Range(0, _options.OpenLists).Select(_ => (NewList(), _options.AppendsPerList))];
        _room = new(_options.MaximumInFlight);
    }

    /// <summary>Operations that were begun, as the rate counts them.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>Operations that were not begun because <see cref="WorkloadOptions.MaximumInFlight"/> were under way.</summary>
    public int NotBegun => Volatile.Read(ref _notBegun);

    /// <summary>The rate that was reached, once it has been stopped.</summary>
    public double RatePerSecond => Begun / _ran.TotalSeconds;

    /// <summary>
    /// The longest time for which nothing was begun that was due: this process, or the machine, stood still then, and so did the clients.
    /// </summary>
    public TimeSpan LongestStandstill { get; private set; }

    /// <summary>The first exceptions that callers saw, type and message.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Warms the instances up, begins, and returns when the first append is acknowledged.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        if (_running is not null)
            throw new InvalidOperationException("The workload has been started before.");
        TestContext.Current.TestOutputHelper?.WriteLine($"Workload with FOOBAR_TEST_SEED={_options.Seed}");
        await WarmUpAsync(ct);
        _running = Task.Run(BeginWhatIsDueAsync, CancellationToken.None);
        await MoreAsync(1, ct);
    }

    /// <summary>Until so many more appends are acknowledged; fails with what the callers saw after 60 s.</summary>
    public async Task MoreAsync(int appends, CancellationToken ct)
    {
        int wanted = _recorder.Acknowledged + appends;
        long startedAt = TimeProvider.System.GetTimestamp();
        while (_recorder.Acknowledged < wanted)
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > Patience)
                Assert.Fail($"{_recorder.Acknowledged} of {wanted} appends after {Patience.TotalSeconds} s.\n{Explanation}");
            await Task.Delay(Tick, TimeProvider.System, ct);
        }
    }

    /// <summary>Begins nothing more, waits for every answer, and reads the final lists.</summary>
    public async Task<RecordedHistory> StopAsync(CancellationToken ct)
    {
        await EndAsync();
        return _recorder.With(await FinalListsAsync(ct));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
        _room.Dispose();
    }

    private string Explanation => string.Join<object>('\n', [.. _instances.Select(instance => instance.Topology), .. _failures]);

    private async Task EndAsync()
    {
        if (_running is null || _stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        await _running;
        // When every place is free every operation has ended.
        long startedAt = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < _options.MaximumInFlight; i++)
        {
            TimeSpan left = Patience - TimeProvider.System.GetElapsedTime(startedAt);
            if (!await _room.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                Assert.Fail($"{_options.MaximumInFlight - i} operations had no answer {Patience.TotalSeconds} s after the last one began.\n{Explanation}");
        }
    }

    private async Task BeginWhatIsDueAsync()
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        int turns = 0;
        while (!_stop.IsCancellationRequested)
        {
            // What is late is made up for: the visitors of a site do not stay away because it was slow.
            TimeSpan now = TimeProvider.System.GetElapsedTime(startedAt);
            if (now - _ran > LongestStandstill)
                LongestStandstill = now - _ran;
            _ran = now;
            for (int due = (int)(_ran.TotalSeconds * _options.RatePerSecond); turns < due; turns++)
                BeginOne();
            await Task.Delay(Tick, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void BeginOne()
    {
        bool begun;
        CausalSession session = _sessions[_random.Next(_sessions.Length)];
        Caller caller = NextCaller(session);
        if (_random.NextDouble() >= _options.AppendShare)
        {
            ReadFreshness freshness = NextFreshness();
            int open = _open[_random.Next(_open.Length)].Key;
            // Who asks for its own writes asks where it has some.
            int key = freshness.Kind == ReadKind.OwnWrites ? session.LastAppended ?? open : open;
            begun = TryBegin(() => ReadAsync(caller, key, freshness));
        }
        else
        {
            Appending append = new(NextKey(), Interlocked.Increment(ref s_values), OperationId.New());
            Caller? reader = _random.NextDouble() < _options.ReadAtOnceShare ? NextCaller(session) : null;
            ReadFreshness freshness = _random.Next(2) == 0 ? ReadFreshness.OwnWrites : ReadFreshness.Latest;
            Caller? second = _random.NextDouble() < _options.TwiceShare ? NextCaller(_sessions[_random.Next(_sessions.Length)]) : null;
            begun = TryBegin(() => AppendAsync(caller, append, reader, freshness));
            if (second is not null)
                begun &= TryBegin(() => AppendAsync(second with { Instance = (caller.Instance + 1) % _instances.Count }, append, null, freshness));
        }

        Interlocked.Increment(ref begun ? ref _begun : ref _notBegun);
    }

    private bool TryBegin(Func<Task> operation)
    {
        if (!_room.Wait(0))
            return false;
        _ = Task.Run(async () =>
        {
            try
            {
                await operation();
            }
            finally
            {
                _room.Release();
            }
        });
        return true;
    }

    private Caller NextCaller(CausalSession session) => new(_random.Next(_options.Clients), _random.Next(_instances.Count), session);

    private ReadFreshness NextFreshness() => _random.Next(20) switch
    {
        < 8 => ReadFreshness.OwnWrites,
        < 12 => ReadFreshness.AtMost(StaleAfter),
        < 16 => ReadFreshness.Latest,
        _ => ReadFreshness.Any,
    };

    private int NextKey()
    {
        ref (int Key, int Left) open = ref _open[_random.Next(_open.Length)];
        int key = open.Key;
        if (--open.Left == 0)
            open = (NewList(), _options.AppendsPerList);
        return key;
    }

    private int NewList()
    {
        int list = Interlocked.Increment(ref s_lists);
        _lists.Add(list);
        return list;
    }

    /// <summary>Who does something, where, and in which causal session.</summary>
    private sealed record Caller(int Client, int Instance, CausalSession Session);

    /// <summary>What is appended, and under which id.</summary>
    private sealed record Appending(int Key, long Value, OperationId Operation);
}
