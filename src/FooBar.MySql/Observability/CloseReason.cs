namespace FooBar.MySql.Observability;

/// <summary>Why a pool closed a connection.</summary>
internal enum CloseReason
{
    /// <summary>It came back in the middle of a conversation, or lost: nothing else can be done with it.</summary>
    Broken,

    /// <summary>Nobody needed it for the idle timeout.</summary>
    Idle,

    /// <summary>Its lifetime is over.</summary>
    Aged,

    /// <summary>It was found closed by the server, or with bytes that nobody asked for.</summary>
    Lost,

    /// <summary>It is of an epoch before the last retirement, or its pool is disposed.</summary>
    Retired,

    /// <summary>What its last owner did cannot be undone.</summary>
    NotResettable,
}
