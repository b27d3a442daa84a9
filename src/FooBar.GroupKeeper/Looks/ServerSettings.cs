using System.Globalization;
using FooBar.GroupKeeper.Settings;
using FooBar.MySql;

namespace FooBar.GroupKeeper.Looks;

/// <summary>What the own server's my.cnf must say for this process to work, and what is wrong with it.</summary>
internal sealed record ServerSettings(
    string ReportHost, long ReportPort, string LocalAddress, string Seeds, bool StartsOnBoot, long RejoinTries, long MajorityTimeout)
{
    private const string Query = """
        SELECT IFNULL(@@global.report_host, ''), @@global.report_port, @@global.group_replication_local_address, @@global.group_replication_group_seeds,
               @@global.group_replication_start_on_boot, @@global.group_replication_autorejoin_tries, @@global.group_replication_unreachable_majority_timeout
        """;

    /// <exception cref="MySqlException">The server does not answer.</exception>
    public static async Task<ServerSettings> ReadAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = new(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = Query;
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        long Integer(int ordinal) => Convert.ToInt64(reader.GetValue(ordinal), CultureInfo.InvariantCulture);
        return new(reader.GetString(0), Integer(1), reader.GetString(2), reader.GetString(3), Integer(4) != 0, Integer(5), Integer(6));
    }

    /// <summary>One line per setting that is not as it must be: the setting, its value, and what would be right.</summary>
    public IEnumerable<string> Mistakes(KeeperSettings settings)
    {
        MemberSettings own = settings.Members[settings.Own()];
        if (!ReportHost.Equals(own.Host, StringComparison.OrdinalIgnoreCase) || ReportPort != own.Port)
        {
            yield return $"report_host and report_port are {ReportHost}:{ReportPort}; they must be {own.Host}:{own.Port}, by which the members are told apart";
        }

        if (!LocalAddress.Equals(GroupAddress(own), StringComparison.OrdinalIgnoreCase))
        {
            yield return $"group_replication_local_address is {LocalAddress}; it must be {GroupAddress(own)}";
        }

        string[] seeds = Seeds.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] lacking = [.. settings.Members.Select(GroupAddress).Except(seeds, StringComparer.OrdinalIgnoreCase)];
        if (lacking.Length > 0)
        {
            yield return $"group_replication_group_seeds is '{Seeds}'; it lacks {string.Join(" and ", lacking)}";
        }

        if (StartsOnBoot)
        {
            yield return "group_replication_start_on_boot is ON; it must be OFF, because only this process knows whether it may join";
        }

        if (RejoinTries != 0)
        {
            yield return $"group_replication_autorejoin_tries is {RejoinTries}; it must be 0, because only this process knows whether it may join";
        }

        if (MajorityTimeout == 0)
        {
            yield return "group_replication_unreachable_majority_timeout is 0, so that a minority waits for ever; it must be some seconds, e.g. 10";
        }
    }

    private static string GroupAddress(MemberSettings member) => string.Create(CultureInfo.InvariantCulture, $"{member.Host}:{member.GroupPort}");
}
