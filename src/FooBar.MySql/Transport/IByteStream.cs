namespace FooBar.MySql.Transport;

/// <summary>
/// The bytes to and from a server. With <c>async</c> false a call does its I/O on the caller's thread and its ValueTask is completed when
/// it returns. A seam because the framing is tested against bytes, not against a server.
/// </summary>
internal interface IByteStream
{
    /// <summary>Reads what is there, at least one byte; 0 when the peer has closed.</summary>
    ValueTask<int> ReadAsync(Memory<byte> buffer, bool async);

    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool async);
}
