using FooBar.LoadBalancer.Cache;
using FooBar.ServiceDefaults.Bodies;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class LaggingWriterTests
{
    [Fact]
    public async Task SlowClient_GetsEverythingInOrder_AndHoldsNobodyUp()
    {
        SlowClient client = new();
        LaggingWriter writer = new(client, TestContext.Current.CancellationToken);
        for (byte i = 0; i < 10; i++)
            writer.Write(new byte[] { i });

        Assert.Equal([0], client.Written);
        Assert.False(writer.DrainAsync().IsCompleted);
        client.Free();
        await writer.DrainAsync();
        writer.Write(new byte[] { 10 });
        await writer.DrainAsync();

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], client.Written);
    }

    [Fact]
    public async Task ClientThatBreaks_IsWrittenToNoMore()
    {
        SlowClient client = new();
        LaggingWriter writer = new(client, TestContext.Current.CancellationToken);
        writer.Write(new byte[] { 0 });
        writer.Write(new byte[] { 1 });

        client.Break();
        await writer.DrainAsync();
        writer.Write(new byte[] { 2 });

        Assert.Equal([0], client.Written);
    }

    [Fact]
    public void ClientThatLeft_IsWrittenToNoMore()
    {
        SlowClient client = new();
        LaggingWriter writer = new(client, new CancellationToken(canceled: true));
        writer.Write(new byte[] { 0 });

        Assert.Empty(client.Written);
    }

    /// <summary>Its first write does not end before the test says so.</summary>
    private sealed class SlowClient : WriteOnlyStream
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<byte> Written { get; } = [];

        public void Free() => _first.SetResult();

        public void Break() => _first.SetException(new IOException("broken"));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.AddRange(buffer.Span);
            return Written.Count == 1 ? new ValueTask(_first.Task) : ValueTask.CompletedTask;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
