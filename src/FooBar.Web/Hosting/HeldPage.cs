using FooBar.ServiceDefaults.Bodies;

namespace FooBar.Web.Hosting;

/// <summary>Keeps what is written until it is released or grows longer than <see cref="PageLength.Longest"/>. For one response; not thread-safe.</summary>
internal sealed class HeldPage(Stream outer) : WriteOnlyStream
{
    private readonly MemoryStream _held = new();
    private bool _released;

    /// <summary>Bytes that are held; null when they were let go.</summary>
    public long? HeldLength => _released ? null : _held.Length;

    /// <summary>Lets go what is held; from then on everything passes.</summary>
    public async ValueTask ReleaseAsync(CancellationToken ct)
    {
        if (_released)
            return;
        _released = true;

        // An empty write would begin an answer that has no body, in chunks.
        if (_held.Length > 0)
            await outer.WriteAsync(_held.GetBuffer().AsMemory(0, (int)_held.Length), ct).ConfigureAwait(false);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_released && _held.Length + buffer.Length <= PageLength.Longest)
        {
            _held.Write(buffer.Span);
            return;
        }

        await ReleaseAsync(cancellationToken).ConfigureAwait(false);
        await outer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing goes out before it is released: a flush in the middle of a page would send its beginning.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => _released ? outer.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _held.Dispose();
        base.Dispose(disposing);
    }
}
