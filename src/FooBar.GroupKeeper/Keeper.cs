using FooBar.Data;
using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;
using FooBar.GroupKeeper.Orders;
using FooBar.GroupKeeper.Settings;
using FooBar.GroupKeeper.Steps;
using FooBar.MySql;
using Microsoft.Extensions.Options;

namespace FooBar.GroupKeeper;

/// <summary>
/// Keeps the own member in the group for as long as the process runs: looks at all members, decides, takes one step at a time. The looks go on
/// while a step is under way. Nothing but the end of the process ends it.
/// </summary>
internal sealed class Keeper : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseWhenWhole = TimeSpan.FromSeconds(2);

    private readonly KeeperSettings _settings;
    private readonly Membership _group;
    private readonly KeeperRecord _record;
    private readonly TimeProvider _time;
    private readonly ILogger<Keeper> _logger;
    private readonly MemberAddresses _addresses;
    private readonly MemberProbe[] _probes;
    private readonly JoiningMark _mark;
    private readonly GroupSteps _steps;
    private readonly StepRun _run;
    private readonly Observations _observations;
    private readonly OrderDesk _orders;
    private readonly Bulletin _bulletin;

    public Keeper(IOptions<KeeperSettings> options, Membership group, KeeperRecord record, KeeperMetrics metrics, TimeProvider time, ILogger<Keeper> logger)
    {
        _settings = options.Value;
        (_group, _record, _time, _logger) = (group, record, time, logger);
        _addresses = new(_settings);
        _probes = [.. group.All.Select(index => new MemberProbe(index == group.Own ? _addresses.Own : _addresses.Peer(index), _addresses.Places, time))];
        _mark = new(_settings.StatePath);
        _steps = new(_settings, _addresses, _mark);
        _run = new(group, metrics, time, logger);
        _observations = new(time);
        _orders = new(_settings.StatePath, group, time, logger);
        _bulletin = new(group, logger);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                TimeSpan pause = Pause;
                try
                {
                    pause = await LookAndActAsync(stoppingToken) ? PauseWhenWhole : Pause;
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    // Whatever it was: the next round may fare better, and nobody else keeps the member.
                    KeeperLog.Fault(_logger, exception);
                }

                await Task.Delay(pause, _time, stoppingToken);
            }
        }
        finally
        {
            await _run.EndAsync();
            foreach (MemberProbe probe in _probes)
            {
                await probe.DisposeAsync();
            }
        }
    }

    /// <summary>One round. Returns whether nothing is left to do.</summary>
    private async Task<bool> LookAndActAsync(CancellationToken cancellationToken)
    {
        MemberLook?[] looks = await LookAsync(cancellationToken);
        _bulletin.Tell(looks, [.. _probes.Select(probe => probe.LastFailure)]);
        if (_bulletin.OwnCameBack)
        {
            await CheckServerAsync(cancellationToken);
        }

        Circumstances seen = _observations.After(looks);
        Circumstances now = seen with { IsJoining = IsJoining(looks), Without = _orders.After(looks, seen) };
        if (_run.IsBusy)
        {
            _record.Set(new(looks, _run.Step));
            return false;
        }

        NextStep step = NextStep.Of(_group, looks, now);
        _record.Set(new(looks, step));
        await _bulletin.TellAsync(step, () => LackingAsync(looks, now, cancellationToken));
        if (_run.MayTake(step))
        {
            _run.Take(step, token => TakeAsync(step, looks, now, token), cancellationToken);
        }

        return step is { Kind: StepKind.None, Why: "" };
    }

    private Task TakeAsync(NextStep step, MemberLook?[] looks, Circumstances now, CancellationToken cancellationToken) => step.Kind switch
    {
        StepKind.Leave => _steps.LeaveAsync(cancellationToken),
        StepKind.Disarm => _steps.DisarmAsync(cancellationToken),
        StepKind.Join => _steps.JoinAsync(step.Witness, token => IsStillNextAsync(step, looks, now, token), cancellationToken),
        StepKind.Form => _steps.FormAsync(
            [.. _group.All.Where(index => index != _group.Own && looks[index] is not null)], token => IsStillNextAsync(step, looks, now, token), cancellationToken),
        _ => throw new InvalidOperationException($"{step.Kind} is no step to take."),
    };

    /// <summary>
    /// Looks again under the locks: nobody else takes a step now, and what they hold is what was decided on. Not with the probes, which the
    /// rounds go on using.
    /// </summary>
    private async Task<bool> IsStillNextAsync(NextStep step, MemberLook?[] before, Circumstances now, CancellationToken cancellationToken)
    {
        MemberProbe[] probes = [.. _group.All.Select(index => new MemberProbe(index == _group.Own ? _addresses.Own : _addresses.Peer(index), _addresses.Places, _time))];
        try
        {
            MemberLook?[] looks = await Task.WhenAll(probes.Select(probe => probe.AskAsync(cancellationToken)));
            return NextStep.Of(_group, looks, now with { HoldsLocks = true }) is var again && again.Kind == step.Kind && again.Witness == step.Witness
                && (step.Kind != StepKind.Form || _group.All.All(index => Equals(looks[index]?.Known, before[index]?.Known)));
        }
        finally
        {
            foreach (MemberProbe probe in probes)
            {
                await probe.DisposeAsync();
            }
        }
    }

    private Task<MemberLook?[]> LookAsync(CancellationToken cancellationToken) => Task.WhenAll(_probes.Select(probe => probe.AskAsync(cancellationToken)));

    /// <summary>Whether it is not certain yet that the own member is where it wanted to be.</summary>
    private bool IsJoining(MemberLook?[] looks)
    {
        if (!_mark.IsSet)
        {
            return false;
        }

        if (looks[_group.Own] is { IsInQuorum: true } own && own.View.Count(seen => seen.State == "ONLINE") > 1)
        {
            _mark.Clear();
            return false;
        }

        return true;
    }

    private async Task<string> LackingAsync(MemberLook?[] looks, Circumstances now, CancellationToken cancellationToken)
    {
        GtidSet group = _group.All.Where(index => index != _group.Own && looks[index]?.IsInQuorum == true && !now.Lost.Contains(index))
            .Select(index => looks[index]!.Known).Aggregate(GtidSet.Empty, (all, known) => all.Union(known));
        return await _steps.LackingAsync(looks[_group.Own]!.Known.ToString(), group.ToString(), cancellationToken);
    }

    private async Task CheckServerAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (string mistake in (await ServerSettings.ReadAsync(_addresses.Own, cancellationToken)).Mistakes(_settings))
            {
                KeeperLog.Misconfigured(_logger, _group.Name(_group.Own), mistake);
            }
        }
        catch (MySqlException)
        {
            // It answered a moment ago. The next look says more, and its settings are read when it comes back.
        }
    }
}
