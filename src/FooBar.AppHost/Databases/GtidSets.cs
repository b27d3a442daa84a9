namespace FooBar.AppHost.Databases;

/// <summary>
/// What members hold, as GTID sets. They have gaps, so sets are compared, never counts; MySQL itself compares them. Throws
/// <see cref="FoobarException"/> when a member that is asked does not answer.
/// </summary>
internal static class GtidSets
{
    /// <summary>The set of what a member has executed, or received and not yet applied.</summary>
    private const string Known = """
        SELECT GTID_SUBTRACT(CONCAT_WS(',', @@global.gtid_executed, NULLIF((
            SELECT received_transaction_set FROM performance_schema.replication_connection_status
            WHERE channel_name = 'group_replication_applier'), '')), '')
        """;

    /// <summary>What one member has executed that another does not know; empty when there is nothing.</summary>
    public static async Task<string> LackingAsync(MySqlMember knows, MySqlMember executed, CancellationToken cancellationToken)
    {
        // In this order: what the second has executed, the first must have received by now.
        string all = Set(await executed.Client.QueryAsync("SELECT @@global.gtid_executed", cancellationToken));
        string known = Set(await knows.Client.QueryAsync(Known, cancellationToken));
        return Set(await knows.Client.QueryAsync($"SELECT GTID_SUBTRACT('{all}', '{known}')", cancellationToken));
    }

    /// <summary>The member that knows what every other one does, the first of equals.</summary>
    /// <exception cref="FoobarException">Two members each hold what the other lacks.</exception>
    public static async Task<MySqlMember> NewestAsync(IReadOnlyList<MySqlMember> candidates, CancellationToken cancellationToken)
    {
        IReadOnlyList<string[]>[] sets = await Task.WhenAll(candidates.Select(member => member.Client.QueryAsync(Known, cancellationToken)));
        int newest = 0;
        for (int candidate = 1; candidate < candidates.Count; candidate++)
        {
            string a = Set(sets[newest]), b = Set(sets[candidate]);
            string[] row = (await candidates[0].Client.QueryAsync($"SELECT GTID_SUBSET('{b}', '{a}'), GTID_SUBSET('{a}', '{b}')", cancellationToken))[0];
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

    // A set over several servers is printed with line breaks, which the client escapes as \n.
    private static string Set(IReadOnlyList<string[]> rows) => rows.Count == 0 ? string.Empty : rows[0][0].Replace("\\n", string.Empty, StringComparison.Ordinal);
}
