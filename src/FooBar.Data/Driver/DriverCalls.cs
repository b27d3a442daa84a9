using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// What an operation has its driver do on a node. A driver that does not promise to end its calls with their token may stay in one for as long as a server
/// is silent: such a call is left alone then, and its connection with it, and the operation goes on elsewhere. Thread-safe.
/// </summary>
internal sealed class DriverCalls(IDriverAdapter driver, TimeProvider time)
{
    /// <summary>How long a call that was ended may take to say so.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly bool _mayStay = !driver.HeedsCancellation;

    /// <summary>Opens a connection; one that comes when nobody waits for it any more is given back.</summary>
    public ValueTask<DbConnection> OpenAsync(Node node, NodeHold hold)
    {
        ValueTask<DbConnection> opening = node.Configuration.Application.OpenConnectionAsync(hold.Token);
        return _mayStay && !opening.IsCompleted ? new(LeaveOpeningAsync(hold, opening.AsTask())) : opening;
    }

    /// <summary>The end of a call on the hold's connection, or of the wait for it.</summary>
    /// <param name="hold">The operation's.</param>
    /// <param name="call">What was called.</param>
    /// <param name="ended">The token that the call was given; null for the hold's.</param>
    /// <exception cref="OperationCanceledException">The call has not ended though its token has, some time ago.</exception>
    public Task<T> HeedAsync<T>(NodeHold hold, Task<T> call, CancellationToken? ended = null) =>
        _mayStay && !call.IsCompleted ? LeaveAsync(hold, call, ended ?? hold.Ending) : call;

    /// <inheritdoc cref="HeedAsync{T}" />
    public Task HeedAsync(NodeHold hold, Task call, CancellationToken? ended = null) =>
        _mayStay && !call.IsCompleted ? EndAsync(hold, call, ended ?? hold.Ending) : call;

    /// <summary>As <see cref="NodeConnection.ExecuteAsync"/>, within the hold.</summary>
    /// <exception cref="TimeoutException">The connection is in a call still.</exception>
    public Task ExecuteAsync(NodeHold hold, DbConnection connection, string sql) => hold.Left is null
        ? HeedAsync(hold, NodeConnection.ExecuteAsync(connection, sql, hold.Token))
        : Task.FromException(new TimeoutException("The driver did not end a call that was ended."));

    /// <summary>As <see cref="CausalBarrier.WaitAsync"/>, within the hold.</summary>
    /// <exception cref="UnansweredWaitException">As there.</exception>
    public async Task<bool> CatchesUpAsync(NodeHold hold, DbConnection connection, GtidSet required, TimeSpan within)
    {
        Task<bool> wait = CausalBarrier.WaitAsync(connection, required, within, driver, time, hold.Token);
        if (!_mayStay)
            return await wait.ConfigureAwait(false);
        using CancellationTokenSource deadline = new(within + CausalBarrier.AnswerGrace, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(hold.Ending, deadline.Token);
        try
        {
            return await HeedAsync(hold, wait, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (hold.Left == wait && hold.Ended == HoldEnd.None)
        {
            throw new UnansweredWaitException(within, late);
        }
    }

    /// <summary>
    /// As <see cref="NodeConnection.CleanUpAsync"/>. On a connection that is in a call still it is done behind that: its pool need not reset what it lends.
    /// </summary>
    public Task CleanUpAsync(NodeHold hold, DbConnection connection, string sql)
    {
        if (hold.Left is { } left)
        {
            hold.Left = BehindAsync();
            return Task.CompletedTask;
        }

        Task cleaning = NodeConnection.CleanUpAsync(connection, sql, driver, time);
        return _mayStay && !cleaning.IsCompleted ? StayAsync() : cleaning;

        async Task StayAsync()
        {
            await cleaning.WaitAsync(NodeConnection.CleanUp + Grace, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cleaning.IsCompleted)
                hold.Left = cleaning;
        }

        async Task BehindAsync()
        {
            await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await NodeConnection.CleanUpAsync(connection, sql, driver, time).ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="NodeConnection.ReturnAsync"/>; a connection that is in a call still is given back when that has ended.</summary>
    public ValueTask ReturnAsync(NodeHold hold, DbConnection connection)
    {
        if (hold.Left is { } left)
        {
            _ = ReturnBehindAsync(left, connection);
            return ValueTask.CompletedTask;
        }

        ValueTask returning = NodeConnection.ReturnAsync(connection);
        return _mayStay && !returning.IsCompleted ? new(StayAsync(returning.AsTask())) : returning;

        async Task StayAsync(Task closing) =>
            await closing.WaitAsync(NodeConnection.CleanUp, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<DbConnection> LeaveOpeningAsync(NodeHold hold, Task<DbConnection> opening)
    {
        try
        {
            return await LeaveAsync(hold, opening, hold.Ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hold.Left == opening)
        {
            _ = ReturnLateAsync(opening);
            throw;
        }
    }

    private async Task<T> LeaveAsync<T>(NodeHold hold, Task<T> call, CancellationToken ended)
    {
        await EndAsync(hold, call, ended).ConfigureAwait(false);
        return await call.ConfigureAwait(false);
    }

    private async Task EndAsync(NodeHold hold, Task call, CancellationToken ended)
    {
        await call.WaitAsync(ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!call.IsCompleted)
            await call.WaitAsync(Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.IsCompleted)
        {
            await call.ConfigureAwait(false);
            return;
        }

        hold.Left = call;
        throw new OperationCanceledException("The driver did not end a call that was ended, and is left in it.", ended);
    }

    private static async Task ReturnBehindAsync(Task left, DbConnection connection)
    {
        await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await NodeConnection.ReturnAsync(connection).ConfigureAwait(false);
    }

    private static async Task ReturnLateAsync(Task<DbConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await NodeConnection.ReturnAsync(await opening.ConfigureAwait(false)).ConfigureAwait(false);
    }
}
