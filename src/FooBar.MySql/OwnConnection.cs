using System.Data;
using FooBar.MySql.Statements;

namespace FooBar.MySql;

/// <summary>
/// The connection that a command or batch of a data source opens for one execution, and that its reader closes. Not thread-safe but for
/// <see cref="Cancel"/>.
/// </summary>
internal sealed class OwnConnection(MySqlDataSource source)
{
    private readonly MySqlConnection _connection = source.CreateConnection();
    private CancellationTokenSource? _opening;

    /// <summary>Opens it and executes; the time-out is over both.</summary>
    /// <param name="begin">Makes what is executed, once the connection is open.</param>
    /// <param name="timeout">Over everything.</param>
    /// <param name="behavior">Of the reader.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="cancellationToken">Stops whatever is under way.</param>
    public async ValueTask<MySqlDataReader> ExecuteAsync<TExecution>(
        Func<MySqlConnection, TExecution> begin, TimeSpan timeout, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
        where TExecution : IExecution
    {
        long started = source.Time.GetTimestamp();
        using CancellationTokenSource opening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _opening = opening;
        try
        {
            await _connection.OpenWithinAsync(timeout, async, opening.Token).ConfigureAwait(false);
            MySqlCanceledException.ThrowIfRequested(opening.Token);
            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : MySqlConnection.Positive(timeout - source.Time.GetElapsedTime(started));
            return await _connection.ExecuteAsync(begin(_connection), left, behavior | CommandBehavior.CloseConnection, async, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (MySqlCanceledException cancelled) when (cancelled.CancellationToken == opening.Token)
        {
            // The token that the caller knows.
            await _connection.CloseAsync(async).ConfigureAwait(false);
            throw new MySqlCanceledException(cancelled.Message, cancelled.Phase, cancelled, cancellationToken);
        }
        catch
        {
            await _connection.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _opening = null;
        }
    }

    /// <summary>Interrupts the opening, or the call of the owner that is under way. Thread-safe.</summary>
    public void Cancel(object owner)
    {
        try
        {
            _opening?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just come to its end.
        }

        _connection.CancelCallOf(owner);
    }
}
