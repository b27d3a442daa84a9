using System.Net;
using System.Net.Sockets;
using FooBar.MySql.Configuration;
using FooBar.MySql.Transport;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Transport;

/// <summary>
/// Over real sockets, at addresses of 127/8 where a server listens, nobody listens (refused at once) or nobody answers. What a name stands
/// for is the test's word.
/// </summary>
public sealed class ConnectTests
{
    private const string Listening = "127.0.0.1";
    private const string Refusing = "127.0.0.2";
    private const string Silent = "127.0.0.3";
    private const string SilentToo = "127.0.0.4";

    [Theory]
    [InlineData(Listening, true)]
    [InlineData(Listening, false)]
    [InlineData($"{Refusing} {Listening}", true)]
    [InlineData($"{Refusing} {Listening}", false)]
    [InlineData($"{Silent} {Listening}", true)]
    [InlineData($"{Silent} {Listening}", false)]
    [InlineData($"{Silent} {Refusing} {SilentToo} {Listening}", true)]
    [InlineData($"{Silent} {Refusing} {SilentToo} {Listening}", false)]
    public async Task Connect_ToANameWithDeadAddresses_FindsTheLivingOneAndEndsTheOthers(string addresses, bool async)
    {
        await using FakeServer server = new(_ => Task.CompletedTask);
        using SilentAddress silent = new(Silent, server.Port);
        using SilentAddress silentToo = new(SilentToo, server.Port);
        using ServerLink link = LinkTo(addresses, server.Port, TimeProvider.System);

        await link.ConnectAsync(async);

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, server.Port), link.Socket!.RemoteEndPoint);
        Assert.Equal((true, true, true), (link.Socket.Blocking, link.Socket.Connected, link.Socket.NoDelay));
        Assert.Equal((0, 0), (silent.PendingConnects, silentToo.PendingConnects));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_ToANameWithDeadAddressesOnly_NamesEach(bool async)
    {
        int port = FreePorts.Next();
        using ServerLink link = LinkTo($"{Refusing} {Listening} ::1", port, TimeProvider.System);

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => link.ConnectAsync(async).AsTask());
        Assert.Matches(
            $"^No connection to db:{port} after [0-9.]+ s: 127[.]0[.]0[.]2: Connection refused; ::1: [A-Z][a-z ]+; 127[.]0[.]0[.]1: Connection refused[.]$",
            failure.Message);
        Assert.Equal(
            (MySqlFailurePhase.NotSent, MySqlFailureReason.ConnectionLost, true), (failure.Phase, failure.Reason, failure.IsTransient));
    }

    /// <summary>Nothing answers: the time runs out, and the exception behind the time-out names who was tried.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_Aborted_NamesWhoDidNotAnswer(bool async)
    {
        using SilentAddress silent = new(Silent);
        using ServerLink link = LinkTo($"{Refusing} {Silent}", silent.EndPoint.Port, TimeProvider.System);

        // The abort finds the second attempt under way: the kernel says so.
        Task abort = Task.Run(
            () =>
            {
                while (silent.PendingConnects == 0)
                {
                }

                link.Abort();
            },
            TestContext.Current.CancellationToken);
        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => link.ConnectAsync(async).AsTask());
        await abort;
        Assert.Matches(
            $"^No connection to db:{silent.EndPoint.Port} after [0-9.]+ s: 127[.]0[.]0[.]2: Connection refused; 127[.]0[.]0[.]3: no answer[.]$", failure.Message);
        Assert.Equal(0, silent.PendingConnects);
    }

    [Fact]
    public async Task Connect_ToASilentAddress_BeginsTheNextAfterTheStagger()
    {
        FakeTime time = new();
        await using FakeServer server = new(_ => Task.CompletedTask);
        using SilentAddress silent = new(Silent, server.Port);
        using ServerLink link = LinkTo($"{Silent} {Listening}", server.Port, time);

        Task connecting = link.ConnectAsync(async: true).AsTask();
        while (silent.PendingConnects == 0) await Task.Yield();
        while (time.PendingTimers == 0) await Task.Yield();
        time.Advance(AddressRace.Stagger - TimeSpan.FromMilliseconds(1));
        Assert.False(connecting.IsCompleted);
        Assert.Null(link.Socket);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await connecting;

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)link.Socket!.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_ToANameThatNobodyKnows_SaysSo(bool async)
    {
        using ServerLink link = new(Options("Server=db;User ID=u;Ssl Mode=None"), TimeProvider.System, _ => throw new SocketException((int)SocketError.HostNotFound));

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => link.ConnectAsync(async).AsTask());
        Assert.Matches("^No connection to db:3306 after [0-9.]+ s: Name or service not known[.]$", failure.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_AbortedWhileItsNameIsLookedUp_SaysSo(bool async)
    {
        using ManualResetEventSlim end = new();
        ServerLink? link = null;
        link = new ServerLink(Options("Server=db;User ID=u;Ssl Mode=None"), TimeProvider.System, _ =>
        {
            link!.Abort();
            end.Wait(TestContext.Current.CancellationToken);
            return [IPAddress.Loopback];
        });

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => link.ConnectAsync(async).AsTask());
        end.Set();
        link.Dispose();
        Assert.Matches("^No connection to db:3306 after [0-9.]+ s: the look-up of its address has no answer[.]$", failure.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WhereNobodyAnswers_EndsWithTheConnectionTimeout(bool async)
    {
        using SilentAddress silent = new(Silent);
        await using MySqlDataSource source = new($"Server={Silent};Port={silent.EndPoint.Port};User ID=u;Ssl Mode=None;Connection Timeout=1");

        MySqlException late = async
            ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
            : Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.StartsWith($"127.0.0.3:{silent.EndPoint.Port} did not answer in time: the connection timeout has run out after ", late.Message, StringComparison.Ordinal);
        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.TimedOut, true), (late.Phase, late.Reason, late.IsTransient));
        Assert.EndsWith(" s: 127.0.0.3: no answer.", late.InnerException!.Message, StringComparison.Ordinal);
        Assert.Equal(0, silent.PendingConnects);
    }

    [Theory]
    [InlineData("", 30, 10, 60_000)]
    [InlineData("Keepalive=1", 1, 1, 2_000)]
    [InlineData("Keepalive=10", 10, 4, 20_000)]
    [InlineData("Keepalive=7200", 7_200, 2_400, 14_400_000)]
    public async Task Connect_WithKeepalive_LooksAfterTheOtherHost(string key, int idle, int interval, int userTimeout)
    {
        await using FakeServer server = new(_ => Task.CompletedTask);
        using ServerLink link = new(Options(server.ConnectionString + key), TimeProvider.System);
        await link.ConnectAsync(async: true);

        Assert.Equal(1, link.Socket!.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal((idle, interval, 3, userTimeout), TcpOptions(link.Socket));
    }

    [Fact]
    public async Task Connect_WithoutKeepalive_LeavesTheSystemsTimes()
    {
        await using FakeServer server = new(_ => Task.CompletedTask);
        using ServerLink link = new(Options(server.ConnectionString + "Keepalive=0"), TimeProvider.System);
        await link.ConnectAsync(async: true);

        using Socket untouched = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(1, link.Socket!.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(TcpOptions(untouched), TcpOptions(link.Socket));
    }

    private static (int Idle, int Interval, int Probes, int UserTimeout) TcpOptions(Socket socket)
    {
        const int Tcp = 6;
        const int UserTimeout = 18;
        byte[] userTimeout = new byte[sizeof(int)];
        socket.GetRawSocketOption(Tcp, UserTimeout, userTimeout);
        int Option(SocketOptionName name) => (int)socket.GetSocketOption(SocketOptionLevel.Tcp, name)!;
        return (
            Option(SocketOptionName.TcpKeepAliveTime),
            Option(SocketOptionName.TcpKeepAliveInterval),
            Option(SocketOptionName.TcpKeepAliveRetryCount),
            BitConverter.ToInt32(userTimeout));
    }

    private static ServerLink LinkTo(string addresses, int port, TimeProvider time) => new(
        Options($"Server=db;Port={port};User ID=u;Ssl Mode=None"), time, _ => [.. addresses.Split(' ').Select(IPAddress.Parse)]);

    private static ConnectionOptions Options(string connectionString) => ConnectionOptions.Parse(connectionString);
}
