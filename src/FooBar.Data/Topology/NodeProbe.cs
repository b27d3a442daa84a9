using System.Data.Common;
using System.Globalization;

namespace FooBar.Data;

/// <summary>Asks one node, over one connection that is kept, who it is. Not thread-safe: one probe at a time.</summary>
internal sealed class NodeProbe(DbDataSource monitor, IDriverAdapter driver) : IAsyncDisposable
{
    /// <summary>
    /// One scan of the view: two could straddle a change of it. Always one row, also on a server in no group. Where the group's plugin is
    /// installed its table has a row, if only an empty one of the server's own; where it is not, none.
    /// </summary>
    private const string Query = """
        SELECT @@server_uuid, @@global.read_only, @@global.super_read_only, @@global.gtid_executed,
               COALESCE(MAX(IF(MEMBER_ID = @@server_uuid, MEMBER_STATE, NULL)), ''),
               COALESCE(MAX(IF(MEMBER_ID = @@server_uuid, MEMBER_ROLE, NULL)), ''),
               COUNT(*), CAST(COALESCE(SUM(MEMBER_STATE IN ('ONLINE', 'RECOVERING')), 0) AS SIGNED),
               (SELECT COUNT(*) FROM performance_schema.replication_connection_status
                WHERE CHANNEL_NAME NOT LIKE 'group\_replication\_%'),
               (SELECT COUNT(*) FROM performance_schema.replication_connection_status receiver
                JOIN performance_schema.replication_applier_status applier USING (CHANNEL_NAME)
                WHERE CHANNEL_NAME NOT LIKE 'group\_replication\_%' AND receiver.SERVICE_STATE = 'ON' AND applier.SERVICE_STATE = 'ON')
        FROM performance_schema.replication_group_members
        """;

    private DbConnection? _connection;
    private DbCommand? _command;
    private string _executedText = "";
    private GtidSet _executed = GtidSet.Empty;

    /// <summary>The node's report. After any failure the connection is closed, and the next probe opens a new one.</summary>
    public async Task<MemberReport> AskAsync(TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        using CancellationTokenSource deadlineSource = DriverDeadline.After(deadline, driver, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(stop, deadlineSource.Token);
        try
        {
            if (_command is null)
            {
                _connection = await monitor.OpenConnectionAsync(linked.Token).ConfigureAwait(false);
                _command = _connection.CreateCommand();
                _command.CommandText = Query;
            }

            DbDataReader reader = await _command.ExecuteReaderAsync(linked.Token).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(linked.Token).ConfigureAwait(false))
                    throw new InvalidOperationException("The probe's query returned no row.");
                long members = Integer(reader, 6);
                return new(
                    reader.GetString(0),
                    members == 0 ? null : new(reader.GetString(4), reader.GetString(5), members, Integer(reader, 7)),
                    new(Integer(reader, 8), Integer(reader, 9)),
                    Integer(reader, 1) != 0, Integer(reader, 2) != 0, Executed(reader.GetString(3)));
            }
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        (DbConnection? connection, DbCommand? command) = (_connection, _command);
        (_connection, _command) = (null, null);
        if (command is not null)
            await command.DisposeAsync().ConfigureAwait(false);
        if (connection is not null)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static long Integer(DbDataReader reader, int ordinal) =>
        Convert.ToInt64(reader.GetValue(ordinal), CultureInfo.InvariantCulture);

    /// <summary>Four times a second most nodes say what they said before: the text is read only when it changed.</summary>
    private GtidSet Executed(string text)
    {
        if (text != _executedText)
            (_executedText, _executed) = (text, GtidSet.Parse(text));
        return _executed;
    }
}
