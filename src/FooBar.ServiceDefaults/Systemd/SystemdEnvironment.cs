using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>What systemd told this process when it started it: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3). Immutable.</summary>
/// <param name="NotifySocket">Where the process reports its state: a path, or an abstract name with @ in front. Null: nobody listens.</param>
/// <param name="WatchdogTimeout">Longest silence before systemd takes the process for hung. Null: it does not watch.</param>
public sealed record SystemdEnvironment(string? NotifySocket, TimeSpan? WatchdogTimeout)
{
    /// <summary>The first descriptor that is passed, behind those of standard input, output and error.</summary>
    private const int FirstDescriptor = 3;

    /// <summary>More would be no socket units but a mistake.</summary>
    private const int MostDescriptors = 64;

    /// <summary>The sockets that systemd listens on for this process, in its order; empty: it opens its own.</summary>
    public IReadOnlyList<PassedSocket> Sockets { get; init; } = [];

    /// <summary>Reads the variables. Those that are meant for another process, such as the parent of this one, are passed over.</summary>
    /// <param name="variables">The configuration, which holds the environment's variables under their names.</param>
    /// <exception cref="ServiceConfigurationException">A variable is not as systemd writes it.</exception>
    public static SystemdEnvironment Read(IConfiguration variables) => Read(variables, Environment.ProcessId);

    internal static SystemdEnvironment Read(IConfiguration variables, int processId)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return new SystemdEnvironment(ReadNotifySocket(variables), ReadWatchdog(variables, processId))
        {
            Sockets = ReadSockets(variables, processId),
        };
    }

    private static string? ReadNotifySocket(IConfiguration variables) => variables["NOTIFY_SOCKET"] switch
    {
        null or "" => null,
        ['/' or '@', _, ..] address => address,
        string address => throw Mistake("NOTIFY_SOCKET", address, "a path or an abstract name such as @notify"),
    };

    private static TimeSpan? ReadWatchdog(IConfiguration variables, int processId)
    {
        // Without an id it is meant for whoever reads it: sd_watchdog_enabled(3).
        if (variables["WATCHDOG_USEC"] is not { Length: > 0 } timeout || ProcessMeant(variables, "WATCHDOG_PID") is { } meant && meant != processId)
        {
            return null;
        }

        return long.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 0 and <= long.MaxValue / TimeSpan.TicksPerMicrosecond
                ? TimeSpan.FromMicroseconds(microseconds)
                : throw Mistake("WATCHDOG_USEC", timeout, "a number of microseconds above 0");
    }

    private static PassedSocket[] ReadSockets(IConfiguration variables, int processId)
    {
        // Without an id it is meant for nobody: sd_listen_fds(3).
        if (variables["LISTEN_FDS"] is not { Length: > 0 } text || ProcessMeant(variables, "LISTEN_PID") != processId)
        {
            return [];
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > MostDescriptors)
        {
            throw Mistake("LISTEN_FDS", text, $"a number from 0 to {MostDescriptors}");
        }

        string[] names = variables["LISTEN_FDNAMES"] is { Length: > 0 } list ? list.Split(':') : [.. Enumerable.Repeat("unknown", count)];
        return names.Length == count
            ? [.. names.Select((name, i) => new PassedSocket(name, FirstDescriptor + i))]
            : throw Mistake("LISTEN_FDNAMES", string.Join(':', names), $"a name for each of the {count} sockets of LISTEN_FDS");
    }

    /// <summary>Null: the variable is not set.</summary>
    private static int? ProcessMeant(IConfiguration variables, string name)
    {
        if (variables[name] is not { Length: > 0 } id)
        {
            return null;
        }

        return int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int meant) ? meant : throw Mistake(name, id, "the id of a process");
    }

    private static ServiceConfigurationException Mistake(string variable, string value, string wanted) =>
        new([$"{variable} is '{value}'; systemd sets it to {wanted}. Start the process by its unit, or unset the variable."]);
}

/// <summary>A socket that systemd listens on for this process.</summary>
/// <param name="Name">What its socket unit calls it: <c>FileDescriptorName=</c>.</param>
/// <param name="Descriptor">For <c>KestrelServerOptions.ListenHandle</c>.</param>
public sealed record PassedSocket(string Name, int Descriptor);
