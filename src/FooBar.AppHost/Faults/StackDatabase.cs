using FooBar.AppHost.Databases;
using FooBar.AppHost.State;
using FooBar.Data;
using FooBar.MySql;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.AppHost.Faults;

/// <summary>The databases of a running stack as the data layer sees them, to be switched over and for nothing else.</summary>
internal sealed class StackDatabase : IAsyncDisposable
{
    /// <summary>This process has just begun, and so has its first question: what takes the site's a few milliseconds may take seconds here.</summary>
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(5);

    private readonly List<MySqlDataSource> _sources = [];
    private readonly Secrets _secrets;
    private readonly Database _database;

    /// <param name="state">The stack's folder.</param>
    /// <param name="members">Its members.</param>
    public StackDatabase(StateFolder state, IEnumerable<ChildRecord> members)
    {
        _secrets = new Secrets(state);
        DatabaseNode[] nodes = [.. members.Select(member =>
        {
            MySqlDataSource monitor = Source(state, MySqlAccounts.Monitor, member);
            // The administrator: whoever may call this owns its password file too, so that a smaller account would keep nobody from anything.
            MySqlDataSource administrator = Source(state, MySqlAccounts.Admin, member);
            return new DatabaseNode(member.Name, monitor, monitor) { Administration = new(administrator, MySqlMember.Host, member.Port) };
        })];
        _database = new Database(new DatabaseOptions { Nodes = nodes, ProbeTimeout = FirstAnswer, OperationRetention = null }, NullLogger<Database>.Instance);
        _database.Start();
    }

    /// <summary>Makes a member the primary.</summary>
    /// <exception cref="FoobarException">It did not come about; the message says what the members are now.</exception>
    public async Task<SwitchoverResult> SwitchOverAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _database.SwitchOverAsync(
                name,
                new SwitchoverOptions
                {
                    ReplicationUser = MySqlAccounts.Replication,
                    ReplicationPassword = () => _secrets.Password(MySqlAccounts.Replication),
                    CertificateAuthorityPath = MySqlReplicas.CaPath,
                },
                cancellationToken);
        }
        catch (SwitchoverException exception)
        {
            throw new FoobarException(exception.Message, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        foreach (MySqlDataSource source in _sources)
        {
            await source.DisposeAsync();
        }
    }

    private MySqlDataSource Source(StateFolder state, string account, ChildRecord member)
    {
        MySqlDataSource source = new(MySqlClient.ConnectionString(state, _secrets, account, member.Port));
        _sources.Add(source);
        return source;
    }
}
