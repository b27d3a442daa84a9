using System.Globalization;
using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;
using FooBar.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FooBar.MySql.Tests.Statements;

/// <summary>
/// The driver finds the parameters of a statement where MySQL would find user variables of their names, no more and no fewer, however the
/// session reads quotes: what is left in their place is prepared by the server with as many placeholders.
/// </summary>
public sealed class ScannerProperties(MySqlServerFixture mysql)
{
    /// <summary>A user variable without quotes, as STATEMENT_DIGEST_TEXT shows it.</summary>
    private const string BareVariable = "@?";

    private const int SyntaxError = 1064;

    private static readonly (int Plain, int Thorough) Times = (700, 20_000);

    [Fact]
    public void Parameters_OfRandomStatements_AreFoundExactly()
    {
        int all = 0;
        InEveryMode((mode, server) =>
        {
            int taken = 0;
            Property.Holds(Arb.From(mode.Statements()), Times, sql =>
            {
                StatementText text = StatementText.Parse(sql.Text, mode.NoBackslashEscapes);
                Assert.Equal(sql.Parameters, text.ParameterNames);

                // What a number cannot be but a parameter can, or the other way, is no matter of syntax.
                (int error, int placeholders) = server.Prepare(text.Sql);
                Assert.Equal(server.Prepare(Encoding.UTF8.GetBytes(sql.WithNumbers)).Error == SyntaxError, error == SyntaxError);
                if (error == 0) Assert.Equal(text.ParameterNames.Length, placeholders);

                // The host of an account looks like a variable there.
                if (sql.Pieces[0].Text is not ("CREATE" or "GRANT") && server.Digest(sql.Text) is { } digest) Assert.Equal(text.ParameterNames.Length + sql.VariablesInQuotes, Count(digest));
                if (error == 0) taken++;
            });
            Interlocked.Add(ref all, taken);
            Assert.InRange(taken, Times.Plain * 3 / 4, int.MaxValue);
        });
        EvidenceLine.Print("random statements whose parameters are found as MySQL finds them", string.Create(CultureInfo.InvariantCulture, $"{all:N0} that the server takes, under each sql_mode that changes the reading"));
    }

    [Fact]
    public void Parameters_OfWhatHardlyIsAStatement_AreFoundWhereTheServerFindsVariables()
    {
        int all = 0;
        InEveryMode((mode, server) =>
        {
            int taken = 0;
            Arbitrary<string> soups = Arb.From(SqlMode.Soup(), soup => Enumerable.Range("SELECT ".Length, soup.Length - "SELECT ".Length).Select(index => soup.Remove(index, 1)));
            Property.Holds(soups, (4 * Times.Plain, 4 * Times.Thorough), soup =>
            {
                if (Parse(soup, mode) is not { } text || server.Digest(soup) is not { } digest) return;

                Assert.Equal(Count(digest), text.ParameterNames.Length);

                // A variable can be assigned to, a parameter cannot.
                if (digest.Contains(":=", StringComparison.Ordinal)) return;

                int error = server.Prepare(Encoding.UTF8.GetBytes(soup)).Error;
                Assert.Equal((error, error == 0 ? text.ParameterNames.Length : 0), server.Prepare(text.Sql));
                taken++;
            });
            Interlocked.Add(ref all, taken);
            Assert.InRange(taken, Times.Plain / 10, int.MaxValue);
        });
        EvidenceLine.Print("random texts that hardly are statements, the same", string.Create(CultureInfo.InvariantCulture, $"{all:N0} that the server takes, under each sql_mode that changes the reading"));
    }

    /// <summary>Null for what the driver refuses, because only the server knows what is a parameter in it.</summary>
    private static StatementText? Parse(string sql, SqlMode mode)
    {
        try
        {
            return StatementText.Parse(sql, mode.NoBackslashEscapes);
        }
        catch (ArgumentException refused) when (refused.Message.Contains("ANSI_QUOTES", StringComparison.Ordinal) || refused.Message.Contains("executable comment", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static int Count(string digest) => digest.Split(BareVariable).Length - 1;

    private void InEveryMode(Action<SqlMode, Server> check)
    {
        foreach (SqlMode mode in SqlMode.All)
        {
            using MySqlConnection connection = new(mysql.Server.ConnectionString);
            connection.Open();
            using MySqlCommand set = new($"SET SESSION sql_mode = '{mode.Value}'", connection);
            set.ExecuteNonQuery();
            check(mode, new Server(connection));
        }
    }

    /// <summary>What the server says of a text.</summary>
    private sealed class Server(MySqlConnection connection)
    {
        /// <summary>The server's tokens, literals left out; null for what it does not take.</summary>
        public string? Digest(string sql)
        {
            using MySqlCommand command = new("SELECT STATEMENT_DIGEST_TEXT(@sql)", connection);
            command.Parameters.AddWithValue("sql", sql);
            try
            {
                return (string?)command.ExecuteScalar();
            }
            catch (MySqlException refused) when (refused.Number == 3677)
            {
                return null;
            }
        }

        /// <summary>The error number, 0 for none, and how many placeholders the statement has.</summary>
        public (int Error, int Placeholders) Prepare(byte[] sql)
        {
            Session session = connection.Session;
            PacketReader reader = session.Reader;
            session.BeginCall(TimeSpan.FromSeconds(30), "test", owner: null, InterruptBy.Aborting, CancellationToken.None);
            try
            {
                session.Writer.BeginCommand(CommandCode.StatementPrepare);
                session.Writer.WriteBytes(sql);
                session.Writer.End();
                session.SendPreparationAsync(async: false).Completed();
                reader.ExpectedSequence = 1;
                reader.ReadAsync(async: false).Completed();
                if (ErrorPacket.Is(reader.Payload)) return (ErrorPacket.Parse(reader.Payload, MySqlFailurePhase.Answered).Number, 0);

                PayloadReader answer = new(reader.Payload);
                answer.Take(1);
                uint id = answer.ReadUInt32();
                int columns = answer.ReadUInt16();
                int placeholders = answer.ReadUInt16();
                for (int definition = 0; definition < columns + placeholders; definition++) reader.ReadAsync(async: false).Completed();

                session.Writer.BeginCommand(CommandCode.StatementClose);
                session.Writer.WriteUInt32(id);
                session.Writer.End();
                session.SendPreparationAsync(async: false).Completed();
                return (0, placeholders);
            }
            finally
            {
                session.Statements.LastId = null; // The driver does not know of what was prepared here.
                session.Prepared();
                session.EndCall();
            }
        }
    }
}
