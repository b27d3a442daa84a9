using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>What systemd told this process when it started it: sd_notify(3), sd_watchdog_enabled(3). Immutable.</summary>
/// <param name="NotifySocket">Where the process reports its state: a path, or an abstract name with @ in front. Null: nobody listens.</param>
/// <param name="WatchdogTimeout">Longest silence before systemd takes the process for hung. Null: it does not watch.</param>
public sealed record SystemdEnvironment(string? NotifySocket, TimeSpan? WatchdogTimeout)
{
    /// <summary>Reads the variables. Those that are meant for another process, such as the parent of this one, are passed over.</summary>
    /// <param name="variables">The configuration, which holds the environment's variables under their names.</param>
    /// <param name="processId">The id of this process.</param>
    /// <exception cref="ServiceConfigurationException">A variable is not as systemd writes it.</exception>
    public static SystemdEnvironment Read(IConfiguration variables, int processId)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return new SystemdEnvironment(ReadNotifySocket(variables), ReadWatchdog(variables, processId));
    }

    private static string? ReadNotifySocket(IConfiguration variables) => variables["NOTIFY_SOCKET"] switch
    {
        null or "" => null,
        ['/' or '@', _, ..] address => address,
        string address => throw Mistake("NOTIFY_SOCKET", address, "a path or an abstract name such as @notify"),
    };

    private static TimeSpan? ReadWatchdog(IConfiguration variables, int processId)
    {
        if (variables["WATCHDOG_USEC"] is not { Length: > 0 } timeout || !IsMeantFor(variables, "WATCHDOG_PID", processId, absent: true))
        {
            return null;
        }

        return long.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 0 and <= long.MaxValue / TimeSpan.TicksPerMicrosecond
                ? TimeSpan.FromMicroseconds(microseconds)
                : throw Mistake("WATCHDOG_USEC", timeout, "a number of microseconds above 0");
    }

    private static bool IsMeantFor(IConfiguration variables, string name, int processId, bool absent)
    {
        if (variables[name] is not { Length: > 0 } id)
        {
            return absent;
        }

        return int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int meant)
            ? meant == processId
            : throw Mistake(name, id, "the id of a process");
    }

    private static ServiceConfigurationException Mistake(string variable, string value, string wanted) =>
        new([$"{variable} is '{value}'; systemd sets it to {wanted}. Start the process by its unit, or unset the variable."]);
}
