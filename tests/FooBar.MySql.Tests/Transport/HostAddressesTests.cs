using System.Net;
using System.Net.Sockets;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Transport;

public sealed class HostAddressesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2")]
    [InlineData("::a ::b ::c 10.0.0.1 10.0.0.2", "::a 10.0.0.1 ::b 10.0.0.2 ::c")]
    [InlineData("10.0.0.1 ::a ::b ::c", "10.0.0.1 ::a ::b ::c")]
    [InlineData("10.0.0.1 10.0.0.2 10.0.0.3 ::a", "10.0.0.1 ::a 10.0.0.2 10.0.0.3")]
    [InlineData("::a ::a 10.0.0.1 ::a 10.0.0.1", "::a 10.0.0.1")]
    public void Interleave_OfTwoFamilies_TakesThemInTurn(string addresses, string order) => Assert.Equal(
        order,
        string.Join(' ', HostAddresses.Interleave([.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)])));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", false)]
    public async Task Find_OfAnAddress_AsksNobody(string host, bool async) => Assert.Equal(
        [IPAddress.Parse(host)], await HostAddresses.FindAsync(host, _ => throw new InvalidOperationException("asked"), async, CancellationToken.None));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_OfANameWithoutAddresses_Fails(bool async)
    {
        SocketException unknown = await Assert.ThrowsAsync<SocketException>(
            () => HostAddresses.FindAsync("db", _ => [], async, CancellationToken.None).AsTask());
        Assert.Equal(SocketError.HostNotFound, unknown.SocketErrorCode);
    }

    /// <summary>The name servers are silent: the system's look-up does not come back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_Aborted_LeavesTheLookUpBehind(bool async)
    {
        using CancellationTokenSource aborted = new();
        using ManualResetEventSlim end = new();
        IPAddress[] LookUp(string host)
        {
            Assert.Equal("db", host);
            aborted.Cancel();
            end.Wait(TestContext.Current.CancellationToken);
            throw new SocketException((int)SocketError.TryAgain);
        }

        await Assert.ThrowsAsync<TaskCanceledException>(() => HostAddresses.FindAsync("db", LookUp, async, aborted.Token).AsTask());
        end.Set();
    }
}
