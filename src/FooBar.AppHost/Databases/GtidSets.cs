namespace FooBar.AppHost.Databases;

/// <summary>
/// What members hold, as GTID sets. They have gaps, so sets are compared, never counts; MySQL itself compares them. Throws
/// <see cref="FoobarException"/> when a member that is asked does not answer in time.
/// </summary>
internal static class GtidSets
{
    /// <summary>The set of what a member has executed, or received and not yet applied.</summary>
    private const string Known = """
        SELECT GTID_SUBTRACT(CONCAT_WS(',', @@global.gtid_executed, NULLIF((
            SELECT received_transaction_set FROM performance_schema.replication_connection_status
            WHERE channel_name = 'group_replication_applier'), '')), '')
        """;

    /// <summary>How long a member may take to answer: one that is frozen would keep the others from being repaired.</summary>
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(10);

    /// <summary>What one member has executed that another does not know; empty when there is nothing.</summary>
    public static async Task<string> LackingAsync(MySqlMember knows, MySqlMember executed, CancellationToken cancellationToken)
    {
        // In this order: what the second has executed, the first must have received by now.
        string all = Set(await AskAsync(executed, "SELECT @@global.gtid_executed", cancellationToken));
        string known = Set(await AskAsync(knows, Known, cancellationToken));
        return Set(await AskAsync(knows, $"SELECT GTID_SUBTRACT('{all}', '{known}')", cancellationToken));
    }

    /// <summary>The member that knows what every other one does, the first of equals.</summary>
    /// <exception cref="FoobarException">Two members each hold what the other lacks.</exception>
    public static async Task<MySqlMember> NewestAsync(IReadOnlyList<MySqlMember> candidates, CancellationToken cancellationToken)
    {
        IReadOnlyList<string[]>[] sets = await Task.WhenAll(candidates.Select(member => AskAsync(member, Known, cancellationToken)));
        int newest = 0;
        for (int candidate = 1; candidate < candidates.Count; candidate++)
        {
            string a = Set(sets[newest]), b = Set(sets[candidate]);
            string[] row = (await AskAsync(candidates[0], $"SELECT GTID_SUBSET('{b}', '{a}'), GTID_SUBSET('{a}', '{b}')", cancellationToken))[0];
            if (row[0] == "1")
            {
                continue;
            }

            if (row[1] != "1")
            {
                throw new FoobarException(
                    $"{candidates[newest].Name} and {candidates[candidate].Name} each hold transactions that the other lacks, so neither may lead: save {candidates[newest].DataFolder} and {candidates[candidate].DataFolder}; of the one to give up, remove the folder, and ./foobar up makes it anew.");
            }

            newest = candidate;
        }

        return candidates[newest];
    }

    private static async Task<IReadOnlyList<string[]>> AskAsync(MySqlMember member, string sql, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        try
        {
            return await member.Client.QueryAsync(sql, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FoobarException($"{member.Name} did not say within {AnswerDeadline.TotalSeconds:0} s what it holds.");
        }
    }

    // A set over several servers is printed with line breaks.
    private static string Set(IReadOnlyList<string[]> rows) => rows.Count == 0 ? string.Empty : rows[0][0].Replace("\n", string.Empty, StringComparison.Ordinal);
}
