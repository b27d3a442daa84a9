namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// One request and its answer on one connection: from the moment the connection is taken out until it is given back. Cancelling it at any time ends
/// the connection, and with that whatever waits on it.
/// </summary>
internal sealed class UpstreamExchange
{
    /// <summary>Informational answers before the final one: more than a few are an attack, or a loop.</summary>
    private const int MostInterim = 16;

    private readonly UpstreamPool _pool;
    private readonly UpstreamConnection _connection;
    private readonly CancellationTokenRegistration _cancel;
    private Task _sending = Task.CompletedTask;
    private SendProgress? _progress;
    private CancellationTokenSource? _stopSending;
    private bool _keepsAlive;

    /// <summary>Begins an exchange.</summary>
    /// <param name="pool">Gets the connection back.</param>
    /// <param name="connection">One that was taken out of it.</param>
    /// <param name="headLimit">The largest head that is taken, in bytes.</param>
    /// <param name="cancelled">Ends it.</param>
    public UpstreamExchange(UpstreamPool pool, UpstreamConnection connection, int headLimit, CancellationToken cancelled)
    {
        _pool = pool;
        _connection = connection;
        HeadLimit = headLimit;
        Cancelled = cancelled;
        IsFirst = connection.Exchanges++ == 0;
        _cancel = cancelled.UnsafeRegister(static state => ((UpstreamConnection)state!).Abort(), connection);
    }

    /// <summary>The largest head that is taken, in bytes.</summary>
    public int HeadLimit { get; }

    /// <summary>Ends it.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>Whether it was ended.</summary>
    public bool IsCancelled => Cancelled.IsCancellationRequested;

    /// <summary>Whether the connection was made for it: one that was not may have been closed by the backend a moment ago.</summary>
    public bool IsFirst { get; }

    /// <summary>Whether a byte of an answer came.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>How many chunks of the answer have begun.</summary>
    public int ChunksBegun { get; set; }

    /// <summary>Sends a request without a body.</summary>
    public ValueTask SendAsync() => _connection.SendAsync(_connection.Out.Written);

    /// <summary>
    /// Sends a request with a body, beside the wait for the answer: a backend may answer, and refuse, before it has read all of it. Returns at once.
    /// </summary>
    /// <param name="content">The body.</param>
    /// <param name="context">The request: whether the body's length is announced, and what stands behind it.</param>
    public void BeginSending(HttpContent content, HttpContext context)
    {
        RequestBody body = new(_connection, context.Request.ContentLength);
        _progress = body.Progress;
        _stopSending = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        _sending = SendBodyAsync(content, body, context, _stopSending.Token);

        // The body is not there yet: then the head goes ahead, for a backend that answers to it alone.
        if (!_sending.IsCompleted)
            _ = ForgetAsync(body.SendHeadAsync());
    }

    /// <summary>As above, with a body that is at hand.</summary>
    public void BeginSending(ReadOnlyMemory<byte> body)
    {
        _progress = new SendProgress();
        _progress.NoteRead();
        _sending = SendWholeAsync(body, _progress);
    }

    /// <summary>Waits for the head of the final answer.</summary>
    /// <exception cref="UpstreamProtocolException">What came is no answer, or the head is too large.</exception>
    /// <exception cref="IOException">The connection ended before it.</exception>
    public async ValueTask<ResponseHead> ReceiveHeadAsync(bool isHead)
    {
        int interim = 0;
        while (true)
        {
            ReadOnlySpan<byte> received = _connection.Received;
            int end = received.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                ResponseHead head = ResponseHeadParser.Parse(received[..(end + 4)], isHead);
                _connection.Consume(end + 4);
                if (head.Status >= 200)
                {
                    _keepsAlive = head.KeepsAlive;
                    return head;
                }

                // The server in front cannot pass them on, and nobody asked for another protocol.
                if (head.Status == StatusCodes.Status101SwitchingProtocols || ++interim > MostInterim)
                    throw new UpstreamProtocolException($"The backend answered {head.Status} to a request that did not ask for it, or went on and on with such answers.");
                continue;
            }

            // A line that ends otherwise never becomes a head: not to be waited for.
            if (HasBareLineFeed(received))
                throw new UpstreamProtocolException("A line of the answer's head ends without a carriage return.");
            if (received.Length >= HeadLimit)
                throw new UpstreamProtocolException($"The answer's head is larger than {HeadLimit} bytes.");
            if (!await _connection.ReceiveAsync(HeadLimit).ConfigureAwait(false))
                throw new IOException(HasReceived ? "The backend ended the connection in the head of its answer." : "The backend ended the connection without an answer.");
            HasReceived = true;
        }
    }

    private static bool HasBareLineFeed(ReadOnlySpan<byte> head)
    {
        for (int from = 0; head[from..].IndexOf((byte)'\n') is >= 0 and var at; from += at + 1)
        {
            if (from + at == 0 || head[from + at - 1] != (byte)'\r')
                return true;
        }

        return false;
    }

    /// <summary>Whether the answer was received to its end.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Ends it, once: the connection goes back if everything was in order.</summary>
    /// <param name="answered">Whether the answer was received to its end.</param>
    /// <param name="reusable">Whether the connection is in order after it.</param>
    public void End(bool answered, bool reusable)
    {
        IsAnswered = answered;

        // Waits for an Abort that runs at this moment: the connection must not be ended once somebody else has it.
        _cancel.Dispose();
        bool inOrder = reusable && _keepsAlive && !IsCancelled;
        if (_sending.IsCompletedSuccessfully)
        {
            _pool.Return(_connection, inOrder);
            _stopSending?.Dispose();
            return;
        }

        // The answer may be here before this process has noted that the last of the request has left: then it is waited for. A request of which the
        // client still has a part was answered early, and the rest is given up.
        if (answered && inOrder && _progress!.IsRead)
            _pool.ReturnWhen(_connection, _progress.Sent);
        else
            _pool.Return(_connection, reusable: false);

        // Without an answer the forwarder stops the copy itself; stopped here, it would take that for a failure of the client.
        if (answered)
            _stopSending?.Cancel();
        _ = ForgetAsync(_sending);
    }

    private async Task SendBodyAsync(HttpContent content, RequestBody body, HttpContext context, CancellationToken cancellationToken)
    {
        await using (body.ConfigureAwait(false))
        {
            try
            {
                await content.CopyToAsync(body, cancellationToken).ConfigureAwait(false);
                await body.CompleteAsync(context).ConfigureAwait(false);
            }
            catch
            {
                // The client's side failed: the backend must not take half a body for a whole one, and no answer is waited for. A backend that takes no
                // more may have said why.
                if (!body.HasFailed && !body.Progress.IsRead)
                    _connection.Abort();
                throw;
            }
        }
    }

    private async Task SendWholeAsync(ReadOnlyMemory<byte> body, SendProgress progress)
    {
        bool isSent = false;
        try
        {
            // A short one goes out with the head.
            bool isShort = body.Length <= RequestBody.MostCopied;
            if (isShort)
                _connection.Out.Append(body.Span);
            await _connection.SendAsync(_connection.Out.Written).ConfigureAwait(false);
            if (!isShort)
                await _connection.SendAsync(body).ConfigureAwait(false);
            isSent = true;
        }
        finally
        {
            progress.NoteSent(isSent);
        }
    }

    private static async Task ForgetAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
