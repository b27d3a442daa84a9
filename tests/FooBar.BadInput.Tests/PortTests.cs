using System.Net;
using System.Net.Sockets;
using FooBar.BadInput.Tests.Support;

namespace FooBar.BadInput.Tests;

/// <summary>A port in use, of each kind.</summary>
public sealed class PortTests
{
    [Theory]
    [InlineData("gateway's HTTPS")]
    [InlineData("gateway's HTTP")]
    [InlineData("gateway's admin address")]
    [InlineData("instance web-1")]
    [InlineData("admin address of web-1")]
    [InlineData("database db-1")]
    [InlineData("group port of db-1")]
    [InlineData("Prometheus server")]
    public async Task Up_WithAPortThatAProgramHas_NamesThePortItsUseAndTheProgram(string use)
    {
        await using StateOfATest state = new();
        int port = state.Options.Ports.All().Single(known => known.Use == use).Port;
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, port));
        other.Listen();

        FoobarResult up = await state.UpAsync();

        string us = (await File.ReadAllTextAsync("/proc/self/comm", TestContext.Current.CancellationToken)).Trim();
        int offset = state.Options.PortOffset + 1000;
        up.AssertRefused($"Port {port}, for the {use}, is in use by {us} (pid {Environment.ProcessId}). Stop that one, or move every port with --port-offset {offset}.");
        Foobar.AssertNothingRunsIn(state.Path);
    }
}
