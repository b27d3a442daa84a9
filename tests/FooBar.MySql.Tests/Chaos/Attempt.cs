namespace FooBar.MySql.Tests.Chaos;

/// <summary>What the driver has said about a transaction that was tried.</summary>
internal enum Claim
{
    Committed,
    NotSent,
    SentUnanswered,
    AnsweredWithAnError,

    /// <summary>It failed, in whatever way, before its COMMIT.</summary>
    NotCommitted,
}

/// <summary>One transaction, known in the database by its number, which all its rows carry. Written by one writer.</summary>
internal sealed class Attempt(int number, int rows)
{
    public int Number => number;

    /// <summary>How many rows it leaves when it is committed.</summary>
    public int Rows => rows;

    public Claim Claim { get; private set; } = Claim.NotCommitted;

    /// <summary>The GTID that the driver reported with the commit.</summary>
    public string? Gtid { get; private set; }

    public void Committed(string? gtid) => (Claim, Gtid) = (Claim.Committed, gtid);

    /// <summary>The statement that would have committed it has failed.</summary>
    public void Failed(MySqlFailurePhase phase) => Claim = phase switch
    {
        MySqlFailurePhase.NotSent => Claim.NotSent,
        MySqlFailurePhase.SentUnanswered => Claim.SentUnanswered,
        _ => Claim.AnsweredWithAnError,
    };

    /// <summary>It has succeeded in a transaction that was then rolled back.</summary>
    public void NotCommitted() => Claim = Claim.NotCommitted;

    /// <summary>What is wrong with the claim, given the number of rows that are there; null when it agrees.</summary>
    public string? Contradiction(int found)
    {
        bool isThere = found == rows;
        bool agrees = Claim switch
        {
            Claim.Committed => isThere,
            Claim.SentUnanswered => isThere || found == 0,
            _ => found == 0,
        };
        return agrees ? null : $"transaction {number} of {rows} rows is {Claim}, and {found} of them are there";
    }
}
