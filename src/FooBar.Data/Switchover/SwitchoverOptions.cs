namespace FooBar.Data;

/// <summary>How <see cref="Database.SwitchOverAsync"/> goes about it.</summary>
public sealed class SwitchoverOptions
{
    /// <summary>
    /// How long the transactions that the old primary has in hand may take to end; those of a group are then rolled back by it, with classic
    /// replication the switchover is taken back. A second or more, in whole seconds, up to an hour; default 1 s.
    /// </summary>
    public TimeSpan TransactionsEnd { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Classic replication: how long the next primary may take to catch up, before the old one is stopped, and again behind that, before it is taken back.
    /// Longer than zero, up to an hour; default 5 s.
    /// </summary>
    public TimeSpan CatchUp { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Classic replication: the account with which the old primary replicates from the new one. Required there. Default empty.</summary>
    public string ReplicationUser { get; set; } = "";

    /// <summary>Classic replication: its password, asked for when it is needed. It goes to the servers over the administration's connection. Default: none.</summary>
    public Func<string>? ReplicationPassword { get; set; }

    /// <summary>
    /// Classic replication: the file, on the servers, of the authority that signed their certificates; null for the servers' own <c>ssl_ca</c>, without
    /// verification of the host's name. Default null.
    /// </summary>
    public string? CertificateAuthorityPath { get; set; }

    /// <summary>What <c>group_replication_set_as_primary</c> takes at most.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentException">A property is out of its range; the message names it, its value and the range.</exception>
    public void Validate()
    {
        if (TransactionsEnd < TimeSpan.FromSeconds(1) || TransactionsEnd > Longest || TransactionsEnd.Ticks % TimeSpan.TicksPerSecond != 0)
            throw Invalid(nameof(TransactionsEnd), $"is {TransactionsEnd}: it must be whole seconds, at least one, and at most {Longest}");
        if (CatchUp <= TimeSpan.Zero || CatchUp > Longest)
            throw Invalid(nameof(CatchUp), $"is {CatchUp}: it must be longer than zero, and at most {Longest}");
        if (ReplicationUser is null)
            throw Invalid(nameof(ReplicationUser), "is null: leave it empty for a group");
    }

    private static ArgumentException Invalid(string property, string what) => new($"{nameof(SwitchoverOptions)}.{property} {what}.");
}

/// <summary>What a switchover has done.</summary>
/// <param name="From">The primary that was.</param>
/// <param name="To">The primary that is.</param>
/// <param name="WithoutPrimary">For how long no server took writes, as seen from here.</param>
/// <param name="NotFollowing">Servers that could not be made to replicate from the new primary, each with the reason; empty when all do.</param>
public sealed record SwitchoverResult(string From, string To, TimeSpan WithoutPrimary, IReadOnlyList<string> NotFollowing);

/// <summary>A switchover did not come about. The message says what the servers are now, and what to do.</summary>
public sealed class SwitchoverException : Exception
{
    internal SwitchoverException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
