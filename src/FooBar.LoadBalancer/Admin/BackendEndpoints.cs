using System.Globalization;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Orders;

namespace FooBar.LoadBalancer.Admin;

/// <summary>What can be asked and ordered of the backends.</summary>
internal sealed class BackendEndpoints(
    BackendPool pool, BackendSnapshots snapshots, BackendOrders orders, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const string WaitParameter = "wait";

    private static readonly AdminAnswer _unfitWait = AdminAnswer.Problem(
        StatusCodes.Status400BadRequest,
        "The parameter wait cannot be used",
        $"Give it once, with a unit, such as 500ms, 30s or 5m; {WaitDuration.Longest.TotalMinutes} m at most.");

    private static readonly AdminAnswer _unfitWeight = AdminAnswer.Problem(
        StatusCodes.Status400BadRequest,
        "The weight cannot be used",
        $"Give a whole number from 0, which is for no requests, to {BackendOptions.MostWeight}, or null for the configured one.");

    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Every backend, in the configured order.</summary>
    public Task<AdminAnswer> List(AdminCall call) => Task.FromResult(
        call.UnknownParameters() ?? AdminAnswer.Ok(new BackendList([.. snapshots.Take().Select(Report)])));

    /// <summary>One backend.</summary>
    public Task<AdminAnswer> Get(AdminCall call) => Task.FromResult(
        call.UnknownParameters() ?? (Find(call, out AdminAnswer? unknown) is { } backend ? AdminAnswer.Ok(Report(backend)) : unknown!));

    /// <summary>Puts one into the state that is wanted, and waits for it to get there if that is wanted too.</summary>
    public async Task<AdminAnswer> PutStateAsync(AdminCall call)
    {
        if (call.UnknownParameters(WaitParameter) is { } parameter)
            return parameter;
        if (!WaitDuration.TryRead(call.Context.Request.Query[WaitParameter], out TimeSpan wait))
            return _unfitWait;
        (StateBody? body, AdminAnswer? problem) = await AdminJson.ReadAsync<StateBody>(call.Context.Request, call.Aborted).ConfigureAwait(false);
        if ((problem ?? call.Note(body!.Reason)) is { } unusable)
            return unusable;
        if (Find(call, out AdminAnswer? unknown) is not { } backend)
            return unknown!;

        AdminState state = body!.State;
        OrderResult result = await orders.GiveAsync(
            backend, (last, now) => last with { State = new StateOrder(state, call.Caller.ToString(), now, call.Reason) }, body.Force, call.Aborted)
            .ConfigureAwait(false);
        return result.IsRefused ? Last(backend) : AdminAnswer.Ok(result) with
        {
            Before = Word(result.StateBefore),
            After = Word(state),
            Later = async () =>
            {
                long start = time.GetTimestamp();
                bool settled = await SettleAsync(backend, wait, call.Aborted).ConfigureAwait(false);
                double waited = Math.Round(time.GetElapsedTime(start).TotalSeconds, 3);
                return AdminAnswer.Ok(new StateAnswer(Report(backend), result.StateBefore, settled, waited, result.NotKept));
            },
        };
    }

    /// <summary>Gives one the weight that is wanted.</summary>
    public async Task<AdminAnswer> PutWeightAsync(AdminCall call)
    {
        if (call.UnknownParameters() is { } parameter)
            return parameter;
        (WeightBody? body, AdminAnswer? problem) = await AdminJson.ReadAsync<WeightBody>(call.Context.Request, call.Aborted).ConfigureAwait(false);
        if ((problem ?? call.Note(body!.Reason)) is { } unusable)
            return unusable;
        if (body!.Weight is < 0 or > BackendOptions.MostWeight)
            return _unfitWeight;
        if (Find(call, out AdminAnswer? unknown) is not { } backend)
            return unknown!;

        OrderResult result = await orders.GiveAsync(
            backend,
            (last, now) => last with { Weight = new WeightOrder(backend.ConfiguredWeight, call.Caller.ToString(), now, body.Weight, call.Reason) },
            body.Force,
            call.Aborted).ConfigureAwait(false);
        return result.IsRefused ? Last(backend) : AdminAnswer.Ok(new WeightAnswer(Report(backend), result.WeightBefore, result.NotKept)) with
        {
            Before = Text(result.WeightBefore),
            After = Text(backend.Weight),
        };
    }

    private static AdminAnswer Last(Backend backend) => AdminAnswer.Problem(
        StatusCodes.Status409Conflict,
        "It is the last backend that takes requests",
        $"Without {backend.Name} every visitor would get an error page. Bring another back first, or send \"force\": true "
        + "(./foobar gateway: --force) if that is meant.");

    /// <summary>
    /// Waits until what was ordered has come about: ready takes requests, the others have none left. Returns whether it has. A gateway that is
    /// asked to end waits no longer: it would end late.
    /// </summary>
    private async Task<bool> SettleAsync(Backend backend, TimeSpan within, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (!IsSettled(backend))
        {
            if (time.GetElapsedTime(start) >= within || lifetime.ApplicationStopping.IsCancellationRequested)
                return false;
            await Task.Delay(_poll, time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private bool IsSettled(Backend backend) => backend.AdminState == AdminState.Ready ? pool.Available.Contains(backend) : backend.InFlight == 0;

    private Backend? Find(AdminCall call, out AdminAnswer? unknown)
    {
        IReadOnlyList<Backend> all = pool.All;
        Backend? found = all.FirstOrDefault(backend => backend.Name.Equals(call.Target, StringComparison.OrdinalIgnoreCase));
        unknown = found is not null ? null : AdminAnswer.Problem(
            StatusCodes.Status404NotFound,
            "There is no such backend",
            $"There is no backend '{call.Target}'. There are {string.Join(", ", all.Select(backend => backend.Name))}.");
        return found;
    }

    private BackendReport Report(Backend backend) => Report(snapshots.Take(backend));

    private BackendReport Report(BackendSnapshot backend) => BackendReport.Of(backend, orders.Of(backend.Name));

    private static string Word(AdminState state) => state.ToString().ToLower(CultureInfo.InvariantCulture);

    private static string Text(int weight) => weight.ToString(CultureInfo.InvariantCulture);

    private sealed record BackendList(IReadOnlyList<BackendReport> Backends);

    private sealed record StateBody(AdminState State, string? Reason = null, bool Force = false);

    private sealed record WeightBody(int? Weight, string? Reason = null, bool Force = false);

    private sealed record StateAnswer(BackendReport Backend, AdminState Before, bool Settled, double WaitedSeconds, string? NotKept);

    private sealed record WeightAnswer(BackendReport Backend, int Before, string? NotKept);
}
