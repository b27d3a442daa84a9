using System.Text.RegularExpressions;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// What the server's binary log has of the attempts, by SHOW BINLOG EVENTS: with binlog_rows_query_log_events the text of each statement
/// stands before its rows, and the attempt's number stands in it.
/// </summary>
internal static partial class BinaryLog
{
    /// <summary>The transactions that the log has whole: their GTIDs, and the numbers of the attempts in each.</summary>
    public static async Task<List<(string Gtid, HashSet<int> Numbers)>> ReadAsync(MySqlConnection connection)
    {
        List<string> files = [];
        await using (MySqlCommand list = new("SHOW BINARY LOGS", connection))
        await using (MySqlDataReader reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) files.Add(reader.GetString(0));
        }

        List<(string, HashSet<int>)> transactions = [];
        foreach (string file in files)
        {
            string gtid = string.Empty;
            HashSet<int> numbers = [];
            await using MySqlCommand show = new($"SHOW BINLOG EVENTS IN '{file}'", connection);
            await using MySqlDataReader reader = await show.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                (string type, string info) = (reader.GetString(2), reader.GetString(5));
                if (type == "Gtid") (gtid, numbers) = (Gtid().Match(info).Groups[1].Value, []);
                else if (type == "Rows_query" && Number().Match(info) is { Success: true } match) numbers.Add(int.Parse(match.Groups[1].ValueSpan, null));
                else if (type == "Xid" && numbers.Count > 0) transactions.Add((gtid, numbers));
            }
        }

        return transactions;
    }

    [GeneratedRegex("GTID_NEXT= '([^']+)'")]
    private static partial Regex Gtid();

    [GeneratedRegex(@"INSERT INTO kill_rows .*? VALUES \((\d+),")]
    private static partial Regex Number();
}
