using System.IO.Pipelines;
using System.Net.Sockets;
using FooBar.ServiceDefaults.Stopping;
using FooBar.Testing;

namespace FooBar.ServiceDefaults.Tests.Stopping;

public sealed class LingerTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly FakeTime _time = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));

    private Task Lingering => Linger.UntilClosedAsync(_pipe.Reader, Longest, _time);

    [Fact]
    public async Task OtherEnd_ThatSendsAndCloses_IsWaitedFor()
    {
        Task lingering = Lingering;
        await _pipe.Writer.WriteAsync(new byte[100], TestContext.Current.CancellationToken);
        Assert.False(lingering.IsCompleted);

        await _pipe.Writer.CompleteAsync();

        await lingering.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task OtherEnd_ThatHasClosedBefore_IsNotWaitedFor()
    {
        await _pipe.Writer.CompleteAsync();

        Assert.True(Lingering.IsCompletedSuccessfully);
    }

    /// <summary>The transport tells a reset by an exception of its own, and every other end of the way there by the socket's.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OtherEnd_ThatResetsOrCannotBeReached_IsAsGoodAsClosed(bool resets)
    {
        Task lingering = Lingering;

        await _pipe.Writer.CompleteAsync(resets ? new IOException("reset") : new SocketException((int)SocketError.TimedOut));

        await lingering.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task OtherEnd_ThatStays_IsLeftWhenTheTimeIsOver()
    {
        Task lingering = Lingering;
        _time.Advance(Longest - TimeSpan.FromTicks(1));
        Assert.False(lingering.IsCompleted);

        _time.Advance(TimeSpan.FromTicks(1));

        await lingering.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task OtherEnd_ThatGoesOnSending_IsLeftWhenItIsTooMuch()
    {
        Task lingering = Lingering;
        await _pipe.Writer.WriteAsync(new byte[Linger.LongestRest], TestContext.Current.CancellationToken);
        Assert.False(lingering.IsCompleted);

        await _pipe.Writer.WriteAsync(new byte[1], TestContext.Current.CancellationToken);

        await lingering.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Kestrel wakes a pending read so when it ends a connection: that is not the other end's close.</summary>
    [Fact]
    public async Task ReadThatIsWoken_GoesOn()
    {
        _pipe.Reader.CancelPendingRead();
        Task lingering = Lingering;
        Assert.False(lingering.IsCompleted);

        await _pipe.Writer.CompleteAsync();

        await lingering.WaitAsync(TestContext.Current.CancellationToken);
    }
}
