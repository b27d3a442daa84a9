using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Orders;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Orders;

public sealed class OrdersFileTests : IDisposable
{
    private const string Written = """
        {
          "version": 1,
          "backends": {
            "web-1": {
              "state": {
                "is": "drain",
                "by": "operator (token 12345678)",
                "since": "2026-01-01T00:00:00+00:00",
                "reason": "a new kernel"
              }
            },
            "web-2": {
              "state": {
                "is": "maintenance",
                "by": "127.0.0.1 (token 12345678)",
                "since": "2026-01-01T00:00:01+00:00"
              },
              "weight": {
                "insteadOf": 100,
                "by": "127.0.0.1 (token 12345678)",
                "since": "2026-01-01T00:00:03+00:00",
                "is": 50
              },
              "unknownSince": "2026-01-01T00:00:02+00:00"
            },
            "web-3": {
              "weight": {
                "insteadOf": 100,
                "by": "operator (token 12345678)",
                "since": "2026-01-01T00:00:00+00:00"
              }
            }
          }
        }
        """;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AdminClient _folder = new();
    private readonly OrdersFile _file;

    public OrdersFileTests() => _file = new OrdersFile(_folder.StatePath, new FakeTime());

    private static Dictionary<string, BackendOrder> Orders => new()
    {
        ["web-3"] = new(Weight: new WeightOrder(100, "operator (token 12345678)", Now)),
        ["web-2"] = new(
            new StateOrder(AdminState.Maintenance, "127.0.0.1 (token 12345678)", Now.AddSeconds(1)),
            new WeightOrder(100, "127.0.0.1 (token 12345678)", Now.AddSeconds(3), 50),
            Now.AddSeconds(2)),
        ["web-1"] = new(new StateOrder(AdminState.Drain, "operator (token 12345678)", Now, "a new kernel")),
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_IsReadAgainAndForItsOwnerAlone()
    {
        _file.Write(Orders);

        Assert.Equal(Written, File.ReadAllText(_file.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file.Path));
        Assert.Equal(Orders.OrderBy(order => order.Key), _file.Read().OrderBy(order => order.Key));
        Assert.Equal(["admin.token", "state.json"], Directory.GetFiles(Path.GetDirectoryName(_file.Path)!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Read_OfNoFile_IsNothing()
    {
        Assert.Empty(_file.Read());
        Assert.Null(_file.Stamp());
    }

    [Fact]
    public void Read_OfWhatALaterVersionAdded_PassesOverIt()
    {
        File.WriteAllText(_file.Path, Written.Replace("\"is\": \"drain\",", "\"is\": \"drain\", \"zone\": \"b\",", StringComparison.Ordinal));

        Assert.Equal(3, _file.Read().Count);
    }

    [Theory]
    [InlineData("", "The input does not contain any JSON tokens.")]
    [InlineData("null", "it holds nothing")]
    [InlineData("{\"version\": 1, \"backends\": {\"web-1\": {\"state\": {\"is\": \"drain\"", "Expected depth to be zero at the end of the JSON payload.")]
    [InlineData("{\"version\": 2, \"backends\": {}}", "it is of version 2, and this gateway reads version 1")]
    [InlineData("{\"backends\": {}}", "missing required properties")]
    [InlineData("{\"version\": 1, \"backends\": {\"web-1\": null}}", "an order is null")]
    [InlineData("{\"version\": 1, \"backends\": {\"web-1\": {\"state\": {\"is\": \"off\", \"by\": \"\", \"since\": \"2026-01-01T00:00:00Z\"}}}}", "could not be converted")]
    [InlineData("{\"version\": 1, \"backends\": {\"web-1\": {\"state\": {\"is\": 1, \"by\": \"\", \"since\": \"2026-01-01T00:00:00Z\"}}}}", "could not be converted")]
    public void Read_OfSomethingElse_SaysWhatIsWrong(string text, string expected)
    {
        File.WriteAllText(_file.Path, text);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(_file.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfALargeFile_IsRefused()
    {
        File.WriteAllText(_file.Path, new string(' ', 1024 * 1024 + 1));

        Assert.Equal("it is larger than 1048576 bytes", Assert.Throws<InvalidDataException>(_file.Read).Message);
    }

    [Fact]
    public void Write_ThatFails_LeavesTheFileAsItWas()
    {
        _file.Write(Orders);

        // A folder in the place of the name that is written first: not even root can write over that.
        Directory.CreateDirectory(Path.Join(_file.Path + ".partial", "x"));
        Assert.ThrowsAny<Exception>(() => _file.Write(new Dictionary<string, BackendOrder>()));

        Assert.Equal(Written, File.ReadAllText(_file.Path));
    }

    [Fact]
    public void SetAside_KeepsTheContentUnderANameWithTheTime()
    {
        File.WriteAllText(_file.Path, "broken");

        Assert.Equal(_file.Path + ".unreadable-20260101T000000Z", _file.SetAside());
        Assert.Equal((false, "broken"), (File.Exists(_file.Path), File.ReadAllText(_file.Path + ".unreadable-20260101T000000Z")));
    }

    [Fact]
    public async Task Lock_HeldByAnother_IsWaitedForAndGivenUpInTheEnd()
    {
        FakeTime time = new();
        OrdersFile file = new(_folder.StatePath, time);
        using (IDisposable held = await _file.LockAsync(Eventually.Limit))
        {
            Task<IDisposable> waiting = file.LockAsync(Eventually.Limit);
            Assert.False(waiting.IsCompleted);
            held.Dispose();
            while (!waiting.IsCompleted)
                time.Advance(TimeSpan.FromMilliseconds(10));
            (await waiting).Dispose();
        }

        using (await _file.LockAsync(Eventually.Limit))
        {
            Task<IDisposable> waiting = file.LockAsync(Eventually.Limit);
            while (!waiting.IsCompleted)
                time.Advance(TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAsync<IOException>(() => waiting);
        }
    }
}
