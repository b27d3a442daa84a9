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
    [InlineData("NOTIFY_SOCKET", "vsock:2:1", "NOTIFY_SOCKET is 'vsock:2:1'; systemd sets it to a path or an abstract name such as @notify. ")]
    [InlineData("NOTIFY_SOCKET", "@", "NOTIFY_SOCKET is '@'; systemd sets it to a path or an abstract name such as @notify. ")]
    [InlineData("WATCHDOG_USEC", "0", "WATCHDOG_USEC is '0'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("WATCHDOG_USEC", "30s", "WATCHDOG_USEC is '30s'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("WATCHDOG_USEC", "9223372036854775807", "WATCHDOG_USEC is '9223372036854775807'; systemd sets it to a number of microseconds above 0. ")]
    [InlineData("WATCHDOG_PID", "self", "WATCHDOG_PID is 'self'; systemd sets it to the id of a process. ")]
    public void Variable_OfAnotherForm_IsNamed(string variable, string value, string expected)
    {
        ServiceConfigurationException mistake = Assert.Throws<ServiceConfigurationException>(() => Read(("WATCHDOG_USEC", "1"), (variable, value)));

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
