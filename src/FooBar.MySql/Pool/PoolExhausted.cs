using FooBar.MySql.Configuration;
using FooBar.MySql.Observability;

namespace FooBar.MySql.Pool;

/// <summary>What is told to one for whom the pool had nothing in time.</summary>
internal static class PoolExhausted
{
    public static MySqlException Explain(ConnectionOptions options, PoolFigures figures)
    {
        string reason = figures.Used + figures.Opening < options.MaximumPoolSize || figures.Used == 0
            ? $"{figures.Opening} are being opened, and the server has not let them in. Is {options.Endpoint} up?"
            : $"all {options.MaximumPoolSize} are in use ('Maximum Pool Size'). Dispose connections sooner, or raise the limit.";
        return new MySqlException(
            $"No connection to {options.Endpoint} came free within the connection timeout of {options.ConnectionTimeout.TotalSeconds:F0} s: {reason}",
            MySqlFailurePhase.NotSent,
            MySqlFailureReason.TimedOut,
            isTransient: true);
    }
}
