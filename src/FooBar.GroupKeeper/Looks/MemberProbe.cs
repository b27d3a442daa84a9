using System.Globalization;
using FooBar.Data;
using FooBar.GroupKeeper.Steps;
using FooBar.MySql;

namespace FooBar.GroupKeeper.Looks;

/// <summary>Asks one member, over one connection that is kept, how it is. Not thread-safe: one question at a time.</summary>
/// <param name="connectionString">Of an account that may read the group's tables of performance_schema.</param>
/// <param name="places">The configured members' places, by <c>host:port</c>.</param>
/// <param name="time">The clock.</param>
internal sealed class MemberProbe(string connectionString, IReadOnlyDictionary<string, int> places, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a member may take to say how it is. One that is frozen must not keep the others from being seen.</summary>
    public static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(3);

    /// <summary>One statement, because two could straddle a change of the view. At least one row, also on a server in no group.</summary>
    private const string Query = $"""
        SELECT IFNULL(member.member_id IN (@@server_uuid, ''), 1), IFNULL(member.member_host, ''), IFNULL(member.member_port, 0),
               IFNULL(member.member_state, 'OFFLINE'), IFNULL(member.member_role, ''),
               @@global.offline_mode, @@global.group_replication_bootstrap_group,
               IS_USED_LOCK('{StepLock.Name}') IS NOT NULL,
               CONCAT_WS(',', NULLIF(@@global.gtid_executed, ''), NULLIF((
                   SELECT received_transaction_set FROM performance_schema.replication_connection_status
                   WHERE channel_name = 'group_replication_applier'), ''))
        FROM (SELECT 1) AS here LEFT JOIN performance_schema.replication_group_members AS member ON TRUE
        """;

    private MySqlConnection? _connection;
    private string _knownText = string.Empty;
    private GtidSet _known = GtidSet.Empty;

    /// <summary>The last failure in a sentence; null after an answer.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>What the member says; null when it did not answer in time or refused, and then the next question opens a new connection.</summary>
    public async Task<MemberLook?> AskAsync(CancellationToken stop)
    {
        using CancellationTokenSource deadline = new(AnswerDeadline, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        try
        {
            MemberLook look = await ReadAsync(either.Token);
            LastFailure = null;
            return look;
        }
        catch (Exception exception) when (exception is MySqlException or FormatException or IOException or UnauthorizedAccessException)
        {
            LastFailure = exception.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            LastFailure = $"it did not answer within {AnswerDeadline.TotalSeconds:0} s";
        }

        await DisposeAsync();
        return null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        MySqlConnection? connection = _connection;
        _connection = null;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<MemberLook> ReadAsync(CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            _connection = new MySqlConnection(connectionString);
            await _connection.OpenAsync(cancellationToken);
        }

        await using MySqlCommand command = _connection.CreateCommand();
        command.CommandText = Query;
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<SeenMember> view = [];
        MemberLook? own = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            string address = string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(1)}:{Integer(reader, 2)}");
            SeenMember seen = new(places.GetValueOrDefault(address, -1), reader.GetString(3), reader.GetString(4));
            view.Add(seen);
            if (own is null || Integer(reader, 0) != 0)
            {
                own = new MemberLook(Integer(reader, 0) != 0 ? seen.State : "OFFLINE", Integer(reader, 0) != 0 ? seen.Role : string.Empty, view, Known(reader.GetString(8)))
                {
                    OfflineMode = Integer(reader, 5) != 0,
                    BootstrapArmed = Integer(reader, 6) != 0,
                    IsBusy = Integer(reader, 7) != 0,
                };
            }
        }

        return own ?? throw new FormatException("The member's answer has no row.");
    }

    /// <summary>Most members say most of the time what they said before: the text is read only when it changed.</summary>
    private GtidSet Known(string text)
    {
        if (text != _knownText)
        {
            (_knownText, _known) = (text, GtidSet.Parse(text));
        }

        return _known;
    }

    private static long Integer(MySqlDataReader reader, int ordinal) => Convert.ToInt64(reader.GetValue(ordinal), CultureInfo.InvariantCulture);
}
