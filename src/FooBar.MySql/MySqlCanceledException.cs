namespace FooBar.MySql;

/// <summary>The caller cancelled the call, by its token or by <see cref="MySqlCommand.Cancel"/>, while it was under way.</summary>
public sealed class MySqlCanceledException : OperationCanceledException
{
    internal MySqlCanceledException(string message, MySqlFailurePhase phase, Exception? inner, CancellationToken cancellationToken)
        : base(message, inner, cancellationToken) => Phase = phase;

    /// <summary>Refuses to begin what is cancelled already.</summary>
    internal static void ThrowIfRequested(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) throw NotBegun(cancellationToken);
    }

    internal static MySqlCanceledException NotBegun(CancellationToken cancellationToken) =>
        new("It was cancelled before anything was sent.", MySqlFailurePhase.NotSent, inner: null, cancellationToken);

    /// <summary>
    /// How far the statement had got. <see cref="MySqlFailurePhase.Answered"/>: the server confirmed that it has stopped it, and rolled it back;
    /// what a procedure outside of a transaction had committed before stands.
    /// </summary>
    public MySqlFailurePhase Phase { get; }

    /// <summary>The command of a batch that was under way, or would have been next; null when it was not a batch's.</summary>
    public MySqlBatchCommand? BatchCommand { get; internal set; }
}
