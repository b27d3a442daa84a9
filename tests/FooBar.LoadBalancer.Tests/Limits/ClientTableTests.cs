using System.Net;
using FooBar.LoadBalancer.Limits;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class ClientTableTests
{
    private readonly FakeTime _time = new();
    private readonly ClientTable _table;

    public ClientTableTests() => _table = new ClientTable(_time);

    [Fact]
    public void Client_OfTwoConnections_IsOneUntilBothHaveGone()
    {
        Client first = _table.Enter(Key(1));
        Client second = _table.Enter(Key(1));
        Assert.Same(first, second);
        Assert.Equal((2, 1), (first.Connections, _table.Size));

        _table.Leave(first);
        Assert.Equal((1, 1), (first.Connections, _table.Size));
        _table.Leave(first);
        Assert.Equal(0, _table.Size);
    }

    [Fact]
    public void Client_ThatHasUsedUpSomething_IsRememberedUntilItHasComeBack()
    {
        Client client = _table.Enter(Key(1));
        Rate rate = Rate.Of(1, 1, _time);
        Assert.True(client.MayRequest(_time.GetTimestamp(), rate, out _));
        _table.Leave(client);
        Assert.Equal(1, _table.Size);

        // A new connection does not give it a new bucket.
        Client again = _table.Enter(Key(1));
        Assert.False(again.MayRequest(_time.GetTimestamp(), rate, out _));
        _table.Leave(again);

        _table.Sweep();
        Assert.Equal(1, _table.Size);
        _time.Advance(TimeSpan.FromSeconds(1));
        _table.Sweep();
        Assert.Equal(0, _table.Size);
    }

    [Fact]
    public void Sweep_WithAConnection_ForgetsNothing()
    {
        Client client = _table.Enter(Key(1));

        _table.Sweep();

        Assert.Same(client, _table.Enter(Key(1)));
        Assert.Equal(2, client.Connections);
    }

    /// <summary>Somebody with a /32 of IPv6 has four thousand million networks: each comes, uses something up, and goes.</summary>
    [Fact]
    public void Table_UnderMoreAddressesThanItRemembers_DoesNotGrow()
    {
        Rate rate = Rate.Of(1, 1, _time);
        for (uint network = 0; network < ClientTable.MostRemembered + 1000; network++)
        {
            Client client = _table.Enter(Ipv6(network));
            Assert.True(client.MayRequest(_time.GetTimestamp(), rate, out _));
            _table.Leave(client);
        }

        Assert.Equal(ClientTable.MostRemembered, _table.Size);

        // Whoever has a connection is counted all the same.
        Client present = _table.Enter(Ipv6(uint.MaxValue));
        Assert.Same(present, _table.Enter(Ipv6(uint.MaxValue)));
    }

    [Fact]
    public async Task Table_UnderManyThreads_LosesNoCountAndKeepsNoClient()
    {
        const int Turns = 20_000;
        int[] inside = new int[4];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (int turn = 0; turn < Turns; turn++)
            {
                int number = (worker + turn) % inside.Length;
                Client client = _table.Enter(Key(number));
                int mine = Interlocked.Increment(ref inside[number]);
                if (client.Connections < 1 || !client.Key.Equals(Key(number)) || mine < 1)
                    Assert.Fail($"Client {number} has {client.Connections} connections while it is used.");
                Interlocked.Decrement(ref inside[number]);
                _table.Leave(client);
            }
        })));

        Assert.Equal(0, _table.Size);
        Assert.Equal(1, _table.Enter(Key(0)).Connections);
    }

    private static ClientKey Key(int number) => ClientKey.Of(new IPAddress([192, 0, 2, (byte)number]), 64);

    private static ClientKey Ipv6(uint network)
    {
        byte[] bytes = new byte[16];
        (bytes[0], bytes[1]) = (0x20, 0x01);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), network);
        return ClientKey.Of(new IPAddress(bytes), 64);
    }
}
