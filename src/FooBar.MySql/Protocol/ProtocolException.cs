namespace FooBar.MySql.Protocol;

/// <summary>
/// The server sent something that the protocol does not allow. Internal: the session turns it into a <see cref="MySqlException"/> with
/// host and phase, and never uses the connection again.
/// </summary>
internal sealed class ProtocolException(string message) : Exception(message);
