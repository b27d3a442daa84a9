namespace FooBar.LoadBalancer.Upstream;

/// <summary>How far the sending of a request's body has come. Thread-safe: it is looked at when the answer is whole, beside the sending.</summary>
internal sealed class SendProgress
{
    private readonly TaskCompletionSource<bool> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isRead;

    /// <summary>Whether the client's side is done: the last of the body is on its way, or there.</summary>
    public bool IsRead => _isRead;

    /// <summary>Ends with true when all of it has left, with false when it cannot leave. Never fails.</summary>
    public Task<bool> Sent => _sent.Task;

    /// <summary>The last of it begins to leave.</summary>
    public void NoteRead() => _isRead = true;

    /// <summary>It has left, or it cannot. Only the first call counts.</summary>
    public void NoteSent(bool isSent) => _sent.TrySetResult(isSent);
}
