using FooBar.ServiceDefaults.Systemd;
using Microsoft.Extensions.Configuration;

namespace FooBar.ServiceDefaults.Tests.Systemd;

public sealed class SystemdEnvironmentTests
{
    private const int Self = 42;

    [Fact]
    public void Read_WithoutVariables_IsNothing() => Assert.Equal(new SystemdEnvironment(null, null), Read());

    [Theory]
    [InlineData("", null)]
    [InlineData("/run/systemd/notify", "/run/systemd/notify")]
    [InlineData("@notify", "@notify")]
    public void NotifySocket_AsSystemdWritesIt_IsTaken(string value, string? expected) =>
        Assert.Equal(expected, Read(("NOTIFY_SOCKET", value)).NotifySocket);

    [Theory]
    [InlineData("", null, null)]
    [InlineData("30000000", null, 30_000.0)]
    [InlineData("30000000", "", 30_000.0)]
    [InlineData("1", "42", 0.001)]
    [InlineData("30000000", "43", null)]
    public void Watchdog_OfThisProcess_IsTaken(string timeout, string? processId, double? milliseconds) =>
        Assert.Equal(milliseconds, Read(("WATCHDOG_USEC", timeout), ("WATCHDOG_PID", processId)).WatchdogTimeout?.TotalMilliseconds);

    [Theory]
    [InlineData("2", "42", "https:http", "https=3 http=4")]
    [InlineData("2", "42", null, "unknown=3 unknown=4")]
    [InlineData("64", "42", null, null)]
    [InlineData("0", "42", null, "")]
    [InlineData("2", "43", "https:http", "")]
    [InlineData("2", null, "https:http", "")]
    [InlineData(null, "42", "https:http", "")]
    public void Sockets_OfThisProcess_AreTaken(string? count, string? processId, string? names, string? expected)
    {
        IReadOnlyList<PassedSocket> sockets = Read(("LISTEN_FDS", count), ("LISTEN_PID", processId), ("LISTEN_FDNAMES", names)).Sockets;

        Assert.Equal(
            expected ?? string.Join(' ', Enumerable.Range(3, 64).Select(descriptor => $"unknown={descriptor}")),
            string.Join(' ', sockets.Select(socket => $"{socket.Name}={socket.Descriptor}")));
    }

    [Theory]
    [InlineData("NOTIFY_SOCKET", "vsock:2:1", "NOTIFY_SOCKET is 'vsock:2:1'; systemd sets it to a path or an abstract name such as @notify. ")]
    [InlineData("NOTIFY_SOCKET", "@", "NOTIFY_SOCKET is '@'; systemd sets it to a path or an abstract name such as @notify. ")]
    [InlineData("WATCHDOG_USEC", "0", "WATCHDOG_USEC is '0'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("WATCHDOG_USEC", "30s", "WATCHDOG_USEC is '30s'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("WATCHDOG_USEC", "9223372036854775807", "WATCHDOG_USEC is '9223372036854775807'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("LISTEN_FDS", "-1", "LISTEN_FDS is '-1'; systemd sets it to a number from 0 to 64. ")]
    [InlineData("LISTEN_FDS", "65", "LISTEN_FDS is '65'; systemd sets it to a number from 0 to 64. ")]
    [InlineData("LISTEN_FDNAMES", "https", "LISTEN_FDNAMES is 'https'; systemd sets it to a name for each of the 2 sockets of LISTEN_FDS. ")]
    [InlineData("LISTEN_PID", "self", "LISTEN_PID is 'self'; systemd sets it to the id of a process. ")]
    [InlineData("WATCHDOG_PID", "self", "WATCHDOG_PID is 'self'; systemd sets it to the id of a process. ")]
    public void Variable_OfAnotherForm_IsNamed(string variable, string value, string expected)
    {
        ServiceConfigurationException mistake = Assert.Throws<ServiceConfigurationException>(() => Read(("WATCHDOG_USEC", "1"), ("LISTEN_FDS", "2"), ("LISTEN_PID", "42"), (variable, value)));

        Assert.Equal([expected + "Start the process by its unit, or unset the variable."], mistake.Errors);
    }

    private static SystemdEnvironment Read(params (string Name, string? Value)[] variables)
    {
        ConfigurationManager configuration = new();
        foreach ((string name, string? value) in variables)
        {
            configuration[name] = value;
        }

        return SystemdEnvironment.Read(configuration, Self);
    }
}
