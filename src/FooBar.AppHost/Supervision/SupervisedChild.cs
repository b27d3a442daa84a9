using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Supervision;

/// <summary>Where a supervised process stands.</summary>
internal enum ChildCondition
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It ended and will be started again.</summary>
    Restarting,

    /// <summary>It ended and stays down until somebody asks for it.</summary>
    Held,
}

/// <summary>
/// One process of the stack that is kept alive: started once by <see cref="StartAsync"/>, whose failure is the caller's; from
/// <see cref="Supervise"/> on started again whenever it ends. The properties may be read from any thread.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="start">Starts the process anew, its configuration included.</param>
/// <param name="orders">What people asked for.</param>
/// <param name="tell">Told of every change, in a sentence, after the properties have changed.</param>
/// <param name="time">The clock of the waits.</param>
internal sealed class SupervisedChild(string name, Func<CancellationToken, Task<ChildProcess>> start, Orders orders, Action<string> tell, TimeProvider time)
{
    /// <summary>How often a process that is down is asked whether somebody wants it back.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly RestartBackoff _backoff = new();
    private volatile ChildProcess? _process;
    private volatile int _restarts;
    private volatile ChildCondition _condition;
    private Task _supervision = Task.CompletedTask;

    public string Name { get; } = name;

    /// <summary>The process that runs, or ran last; null before the first start.</summary>
    public ChildProcess? Process => _process;

    /// <summary>How often it was started again.</summary>
    public int Restarts => _restarts;

    public ChildCondition Condition => _condition;

    /// <summary>Whether a process is there now.</summary>
    public bool IsAlive => _process is { HasExited: false };

    /// <summary>The first start; its failure is the caller's.</summary>
    public async Task<ChildProcess> StartAsync(CancellationToken cancellationToken) => _process = await start(cancellationToken);

    /// <summary>From here on it is started again when it ends, until the token is cancelled. Call once, after <see cref="StartAsync"/>.</summary>
    public void Supervise(CancellationToken cancellationToken) =>
        _supervision = KeepAliveAsync(_process ?? throw new InvalidOperationException($"{Name} was not started."), cancellationToken);

    /// <summary>
    /// Ends the process, by a kill when it has not ended within <paramref name="grace"/>. The supervision must have been cancelled; its end is
    /// waited for, so that no start is under way.
    /// </summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process is { } process)
        {
            await process.StopAsync(grace);
        }
    }

    private async Task KeepAliveAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        while (true)
        {
            long startedAt = time.GetTimestamp();
            await process.WaitForExitAsync(cancellationToken);
            process = await ReviveAsync($"{Name} {ChildEnd.Describe(process.ExitCode)}", time.GetElapsedTime(startedAt), cancellationToken);
        }
    }

    private async Task<ChildProcess> ReviveAsync(string end, TimeSpan lived, CancellationToken cancellationToken)
    {
        // What was asked for is no failure: it neither waits nor makes a later one wait.
        Order order = ReadOrder();
        TimeSpan wait = order == Order.None ? _backoff.Next(lived) : TimeSpan.Zero;
        long endedAt = time.GetTimestamp();
        Change(ChildCondition.Restarting, order == Order.Hold ? end : $"{end}; it is started again {Words(wait)}");
        while (true)
        {
            order = ReadOrder();
            if (order == Order.Hold)
            {
                if (_condition != ChildCondition.Held)
                {
                    Change(ChildCondition.Held, $"{Name} is held down; ./foobar fault restart {Name} starts it");
                }

                await Task.Delay(Poll, time, cancellationToken);
                continue;
            }

            if (order == Order.None && _condition != ChildCondition.Held && wait - time.GetElapsedTime(endedAt) is { Ticks: > 0 } left)
            {
                await Task.Delay(left < Poll ? left : Poll, time, cancellationToken);
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            ChildProcess process;
            try
            {
                orders.Clear(Name);
                process = await start(cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // Whatever it was: a supervision that ended by it would leave the process down for good.
                wait = _backoff.Next(TimeSpan.Zero);
                endedAt = time.GetTimestamp();
                Change(ChildCondition.Restarting, $"{Name} could not be started, and is tried again {Words(wait)}: {exception.Message}");
                continue;
            }

            _process = process;
            _restarts++;
            Change(ChildCondition.Running, $"{Name} was started again (pid {process.Id}, restart {_restarts})");
            return process;
        }
    }

    /// <summary>What people want; nothing when it cannot be read, which must not end the supervision.</summary>
    private Order ReadOrder()
    {
        try
        {
            return orders.Read(Name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Order.None;
        }
    }

    private static string Words(TimeSpan wait) => wait > TimeSpan.Zero ? $"in {wait.TotalSeconds:0} s" : "at once";

    private void Change(ChildCondition condition, string sentence)
    {
        _condition = condition;
        tell(sentence);
    }
}
