using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// Knows nothing beyond ADO.NET: a write costs one more round trip for its token, a failure's phase is unknown, and the pool of a
/// demoted node empties as its connections fail.
/// </summary>
public sealed class GenericDriverAdapter : IDriverAdapter
{
    /// <inheritdoc />
    public string? CommittedGtids(DbConnection connection) => null;

    /// <inheritdoc />
    public FailurePhase PhaseOf(Exception exception) => FailurePhase.Unknown;

    /// <inheritdoc />
    public void RetirePool(DbDataSource dataSource)
    {
        // ADO.NET has no call for it. A connection of before is as good as a new one: it leads to the same node, which is asked who it is.
    }
}
