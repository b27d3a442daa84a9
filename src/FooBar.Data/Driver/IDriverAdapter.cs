using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// The things that ADO.NET does not say, or cannot do, and a driver may. <see cref="GenericDriverAdapter"/> serves every driver;
/// an adapter of the driver's own saves a round trip a write, resolves more failures and clears the pool of a demoted node.
/// Thread-safe.
/// </summary>
public interface IDriverAdapter
{
    /// <summary>
    /// The GTID set of the transactions that this lease of the connection has committed, as MySQL writes it; null when the driver does
    /// not know, which makes the session ask the server (<c>@@global.gtid_executed</c>).
    /// </summary>
    string? CommittedGtids(DbConnection connection);

    /// <summary>How far the command that threw <paramref name="exception"/> had come.</summary>
    FailurePhase PhaseOf(Exception exception);

    /// <summary>
    /// Closes the idle connections of the pool behind <paramref name="dataSource"/> now and the leased ones at their return, because the
    /// node has lost its role. The data source stays usable. Must not wait for the network.
    /// </summary>
    void RetirePool(DbDataSource dataSource);

    /// <summary>
    /// Has a statement without parameters and rows go in front of the connection's next command, in its round trip. False when the driver cannot,
    /// which makes the layer execute it by itself. If the server refuses it, the next command's call must throw the refusal; that command may have
    /// been executed, and committed by itself.
    /// </summary>
    bool TrySendWithNext(DbConnection connection, string sql) => false;

    /// <summary>
    /// Whether every call ends soon after its token does, also on a server that says nothing any more. Where that is not promised, the layer leaves
    /// a call that has not ended 250 ms later alone, with its connection, which is given back when the call ends.
    /// </summary>
    bool HeedsCancellation => false;
}
