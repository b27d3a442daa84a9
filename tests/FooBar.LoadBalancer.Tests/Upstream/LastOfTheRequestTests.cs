using System.Net.Sockets;
using System.Text;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Upstream;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Upstream;

/// <summary>An answer that is here before this process has noted that the last of its request has left: the connection is kept.</summary>
public sealed class LastOfTheRequestTests : IDisposable
{
    private const string Answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    private readonly FakeTime _time = new();
    private readonly Backend _line = new(Answer);
    private readonly UpstreamPool _pool;
    private readonly UpstreamConnection _connection;

    public LastOfTheRequestTests()
    {
        BackendTraffic traffic = new();
        _pool = new UpstreamPool(new Uri("https://localhost:1"), null!, new CurrentSettings(new GatewayOptions()), traffic, _time);
        _connection = new UpstreamConnection(new Socket(SocketType.Stream, ProtocolType.Tcp), _line, _time.GetTimestamp(), traffic);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(null, 1)]
    public async Task Connection_IsKept_AsSoonAsItHasLeft(int? announced, int takenAtOnce)
    {
        _line.TakesAtOnce = takenAtOnce;
        await AnswerAsync(new ByteArrayContent("1234"u8.ToArray()), announced);
        Assert.Equal((0, false), (_pool.Idle, _line.IsEnded));

        _line.Take();

        await Eventually.TrueAsync(() => _pool.Idle == 1, () => "the connection is not kept");
        Assert.False(_line.IsEnded);
    }

    [Fact]
    public async Task Connection_IsEnded_WhereItDoesNotLeave()
    {
        await AnswerAsync(new ByteArrayContent("1234"u8.ToArray()), 4);

        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => _line.IsEnded, () => "the connection is not ended");
        Assert.Equal(0, _pool.Idle);
    }

    [Fact]
    public async Task Connection_IsEnded_WhereItFails()
    {
        await AnswerAsync(new ByteArrayContent("1234"u8.ToArray()), 4);

        _line.Break();

        await Eventually.TrueAsync(() => _line.IsEnded, () => "the connection is not ended");
        Assert.Equal(0, _pool.Idle);
    }

    [Fact]
    public async Task Connection_IsEndedAtOnce_WhereTheRequestIsNotReadToItsEnd()
    {
        await AnswerAsync(new ByteArrayContent("123"u8.ToArray()), 4);

        Assert.Equal((0, true), (_pool.Idle, _line.IsEnded));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _connection.Dispose();
        _line.Dispose();
    }

    private async Task AnswerAsync(HttpContent content, int? announced)
    {
        DefaultHttpContext context = new();
        context.Request.ContentLength = announced;
        GatewayRequest.Begin(context, _time.GetUtcNow(), new GatewaySettings(1, new GatewayOptions()));
        UpstreamExchange exchange = new(_pool, _connection, 1024, CancellationToken.None);
        _connection.Out.Append("POST / HTTP/1.1\r\n\r\n"u8);
        exchange.BeginSending(content, context);
        ResponseHead head = await exchange.ReceiveHeadAsync(isHead: false);
        Assert.Equal(200, head.Status);
        exchange.End(answered: true, reusable: true);
    }

    /// <summary>A backend that has answered, and whose side of the line takes what was sent when it is told to.</summary>
    private sealed class Backend(string answer) : Stream
    {
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _hasAnswered;

        public bool IsEnded { get; private set; }

        /// <summary>So many writes are taken without being told.</summary>
        public int TakesAtOnce { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Take() => _taken.TrySetResult();

        public void Break() => _taken.TrySetException(new IOException("The line broke."));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_hasAnswered)
                return new ValueTask<int>(_more.Task);
            _hasAnswered = true;
            return new ValueTask<int>(Encoding.ASCII.GetBytes(answer, buffer.Span));
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => TakesAtOnce-- > 0 ? default : new ValueTask(_taken.Task);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsEnded = true;
            _more.TrySetException(new ObjectDisposedException(nameof(Backend)));
            base.Dispose(disposing);
        }
    }
}
