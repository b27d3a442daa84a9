namespace FooBar.MySql;

/// <summary>Why a call failed. <see cref="MySqlFailurePhase"/> says how far its statement had got by then.</summary>
public enum MySqlFailureReason
{
    /// <summary>The server answered with an error: <see cref="MySqlException.Number"/>.</summary>
    ServerError,

    /// <summary>Its time ran out: the connection timeout, the command timeout, or the wait for a pooled connection.</summary>
    TimedOut,

    /// <summary>The server cannot be reached, or went away.</summary>
    ConnectionLost,

    /// <summary>The server sent what the protocol does not allow.</summary>
    ProtocolViolation,

    /// <summary>The server, or its key, is not to be trusted, or wants a proof that this driver does not give.</summary>
    NotTrusted,

    /// <summary>This driver refused to send the call: a parameter is missing, a statement is too large, a file cannot be read.</summary>
    Refused,
}
