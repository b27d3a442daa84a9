using System.Globalization;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// A statement whose whole answer follows from a number: every row has the number, the row's own index, and the number again, many times.
/// An answer that belongs to another statement, or is not whole, shows.
/// </summary>
/// <param name="Name">For the table of outcomes.</param>
/// <param name="Template">The statement with {n} for the number, {s} for a time in seconds.</param>
/// <param name="RowsByResult">How many rows each result has.</param>
internal sealed record NumberedStatement(string Name, string Template, params int[] RowsByResult)
{
    /// <summary>Some kilobytes a row: a result of some rows takes several reads.</summary>
    private const int Repetitions = 400;

    private const string Filler = "REPEAT(CONCAT({n}, ','), 400)";
    private const string Twenty = "WITH RECURSIVE r AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 19) ";

    /// <summary>Whether it writes a row of its number to chaos_rows.</summary>
    public bool Writes { get; private init; }

    /// <summary>Whether what it has written stands when it fails later.</summary>
    public bool WritesInSteps { get; private init; }

    /// <summary>There is no end of it to wait for.</summary>
    public bool IsEndless { get; private init; }

    public bool CanTakeSeconds => Template.Contains("{s}", StringComparison.Ordinal);

    /// <summary>A SLEEP that is killed gives 1, and not always an error: the row must not depend on it.</summary>
    public static NumberedStatement Insert { get; } = new("INSERT", "INSERT INTO chaos_rows (number) SELECT {n} FROM (SELECT SLEEP({s}) AS slept) AS wait WHERE slept < 2") { Writes = true };

    /// <summary>Those that end soon and leave nothing.</summary>
    public static IReadOnlyList<NumberedStatement> ReadOnly { get; } =
    [
        new("one row", "SELECT {n}, 0, " + Filler, 1),
        new("rows at once", Twenty + "SELECT {n}, i, " + Filler + " FROM r", 20),
        new("rows one by one", Twenty + "SELECT {n}, i, " + Filler + " FROM r WHERE SLEEP({s} / 20) = 0", 20),
    ];

    /// <summary>Those that end soon.</summary>
    public static IReadOnlyList<NumberedStatement> Undisturbed { get; } =
    [
        .. ReadOnly,
        Insert,
        new("CALL", "CALL chaos_call({n}, {s})", 1, 20) { Writes = true, WritesInSteps = true },
    ];

    /// <summary>Those that are cancelled.</summary>
    public static IReadOnlyList<NumberedStatement> All { get; } =
    [
        .. Undisturbed,
        new("long count", "SELECT {n}, 0 * COUNT(*), " + Filler + " FROM chaos_many a, chaos_many b", 1),
        new("endless", "SELECT {n}, 0, " + Filler + " FROM chaos_many WHERE SLEEP(30) = 0") { IsEndless = true },
    ];

    /// <summary>Makes the command: prepared, with its number as a parameter, or as a text of its own.</summary>
    public MySqlCommand CreateCommand(MySqlConnection connection, int number, double seconds, bool isPrepared)
    {
        (string n, string s) = isPrepared
            ? ("@number", "@seconds")
            : (number.ToString(CultureInfo.InvariantCulture), seconds.ToString("F4", CultureInfo.InvariantCulture));
        MySqlCommand command = new(Template.Replace("{n}", n, StringComparison.Ordinal).Replace("{s}", s, StringComparison.Ordinal), connection);
        command.Parameters.AddWithValue("number", number);
        command.Parameters.AddWithValue("seconds", seconds);
        return command;
    }

    /// <summary>Runs it and checks the answer to its end.</summary>
    /// <exception cref="InterruptedException">It was cancelled, in the way of its trigger.</exception>
    public async Task ReadAsync(MySqlCommand command, int number, Trigger? trigger, bool async)
    {
        bool isSent = false;
        try
        {
            CancellationToken token = trigger?.Token ?? CancellationToken.None;
            MySqlDataReader reader = async ? await command.ExecuteReaderAsync(token) : command.ExecuteReader();
            isSent = true;
            await using Closing closing = new(async, reader);
            List<int> rowsByResult = [];
            int total = 0;
            do
            {
                if (reader.FieldCount == 0) continue; // the end of a procedure

                int rows = 0;
                while (async ? await reader.ReadAsync(token) : reader.Read())
                {
                    CheckRow(reader, number, rows++);
                    trigger?.HasRead(++total);
                }

                rowsByResult.Add(rows);
            }
            while (async ? await reader.NextResultAsync(token) : reader.NextResult());

            Assert.Equal(RowsByResult, rowsByResult);
            if (this == Insert) Assert.Equal(1, reader.RecordsAffected);
        }
        catch (Exception failure) when (trigger is not null && InterruptedException.PhaseOf(failure, trigger, isSent) is { } phase)
        {
            throw new InterruptedException(phase, trigger.Elapsed, failure);
        }
    }

    /// <summary>Runs it for what it writes.</summary>
    /// <exception cref="InterruptedException">It was cancelled, in the way of its trigger.</exception>
    public async Task ExecuteAsync(MySqlCommand command, Trigger trigger, bool async)
    {
        try
        {
            int rows = async ? await command.ExecuteNonQueryAsync(trigger.Token) : command.ExecuteNonQuery();
            if (this == Insert) Assert.Equal(1, rows);
        }
        catch (Exception failure) when (InterruptedException.PhaseOf(failure, trigger, isSent: false) is { } phase)
        {
            throw new InterruptedException(phase, trigger.Elapsed, failure);
        }
    }

    public static void CheckRow(MySqlDataReader reader, int number, int index)
    {
        string filler = reader.GetString(2);
        string repeated = number.ToString(CultureInfo.InvariantCulture) + ",";
        Assert.Equal((number, index), (reader.GetInt64(0), reader.GetInt64(1)));
        Assert.Equal(Repetitions * repeated.Length, filler.Length);
        Assert.StartsWith(repeated, filler, StringComparison.Ordinal);
        Assert.EndsWith("," + repeated, filler, StringComparison.Ordinal);
    }
}
