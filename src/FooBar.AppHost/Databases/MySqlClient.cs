using System.Data.Common;
using System.Globalization;
using FooBar.AppHost.State;
using FooBar.MySql;

namespace FooBar.AppHost.Databases;

/// <summary>Administers one member, over verified TLS and a connection of its own for each call. Thread-safe.</summary>
/// <remarks>
/// Not MySQL's own client: each start of that touches 40 MB of memory, some 30 ms of the processor for the page faults alone, and the group is
/// looked at most often when the processor is needed most.
/// </remarks>
internal sealed class MySqlClient(StateFolder state, Secrets secrets, int port)
{
    /// <summary>MySQL's errors of the server itself; below 3000 are also those that say nothing of the statement, such as a shutdown.</summary>
    private const int FirstRefusal = 3000;

    /// <summary>Runs statements one after the other and returns the rows of all of them, each column as text.</summary>
    /// <exception cref="FoobarException">The server cannot be reached or refused a statement; the others were not run.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled. The server may go on with the statement.</exception>
    public async Task<IReadOnlyList<string[]>> QueryAsync(IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        List<string[]> rows = [];
        try
        {
            await using MySqlConnection connection = new(ConnectionString(state, secrets, MySqlAccounts.Admin, port));
            await connection.OpenAsync(cancellationToken);
            await using MySqlCommand command = connection.CreateCommand();
            foreach (string statement in statements)
            {
                command.CommandText = statement;
                await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture)!)]);
                }
            }
        }
        catch (MySqlException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FoobarException($"MySQL at {MySqlMember.Host}:{port} refused: {exception.Message}", exception);
        }

        return rows;
    }

    /// <summary>As the other one, for one statement.</summary>
    public Task<IReadOnlyList<string[]>> QueryAsync(string statement, CancellationToken cancellationToken) => QueryAsync([statement], cancellationToken);

    /// <summary>Whether it was the server that refused the statement, which is over then; otherwise it may go on.</summary>
    public static bool IsRefusal(FoobarException exception) =>
        exception.InnerException is MySqlException { Phase: MySqlFailurePhase.Answered, Number: >= FirstRefusal };

    /// <summary>How an account reaches a member: over verified TLS, its password read from its file.</summary>
    public static string ConnectionString(StateFolder state, Secrets secrets, string account, int port)
    {
        // Before anything else: a missing file is said in the words of the stack.
        _ = secrets.Password(account);
        return new MySqlConnectionStringBuilder
        {
            ["Server"] = MySqlMember.Host,
            ["Port"] = port,
            ["User ID"] = account,
            ["Password File"] = secrets.PathOf(account),
            ["Ssl Ca"] = state.CaCertificate,
            ["Connection Timeout"] = 5,

            // How long a statement may take is the caller's to say, who does not wait for its end either.
            ["Default Command Timeout"] = 0,
            ["Cancellation Timeout"] = 0,
            ["Application Name"] = "foobar",
        }.ConnectionString;
    }
}
