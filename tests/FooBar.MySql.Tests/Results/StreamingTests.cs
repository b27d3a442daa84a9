using System.Data;
using System.Text;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Results;

/// <summary>Large rows under <see cref="CommandBehavior.SequentialAccess"/>, on the real server, in both protocols.</summary>
public sealed class StreamingTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private const int Size = 64 * 1024 * 1024;
    private const int MostAllocated = 1024 * 1024;

    /// <summary>Its time stands still: how long megabytes take on a busy machine is not what is tested.</summary>
    private readonly MySqlDataSource _source = new(mysql.Server.ConnectionString, new FakeTime());
    private MySqlConnection _connection = null!;

    /// <summary>Both protocols: a statement without parameters, and one with.</summary>
    public static TheoryData<string> Protocols => ["", " WHERE 1 = @one"];

    public async ValueTask InitializeAsync() => _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Value_OfUpTo64MB_IsCopiedOutWithBoundedMemory(string where)
    {
        foreach (Func<MySqlDataReader, Digest> copy in new[] { ByStream, ByReader, ByBytes, ByChars })
        {
            // One of 64 MB; the others go beyond one frame of 16 MB.
            int size = copy == ByStream ? Size : Size / 3 / 1024 * 1024;
            long before = GC.GetAllocatedBytesForCurrentThread();
            using MySqlDataReader reader = Execute($"SELECT 1, REPEAT('abcdefgh', {size / 8}), 2" + where);
            Assert.True(reader.Read());
            Assert.Equal(1, reader.GetInt32(0));
            Assert.False(reader.IsDBNull(1));
            Digest digest = copy(reader);
            Assert.Equal(2, reader.GetInt32(2));
            Assert.False(reader.Read());
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
            Assert.Equal(Expected(size), digest);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Value_Of64MB_IsReadAsynchronously(string where)
    {
        await using MySqlDataReader reader = Execute($"SELECT NULL, REPEAT('abcdefgh', {Size / 8}), 2" + where);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True(await reader.IsDBNullAsync(0, TestContext.Current.CancellationToken));
        Digest digest = new();
        await using (Stream stream = await reader.GetFieldValueAsync<Stream>(1, TestContext.Current.CancellationToken))
        {
            byte[] buffer = new byte[100_003];
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and int read) digest.Add(buffer.AsSpan(0, read));
        }

        Assert.Equal(Expected(Size), digest);
        Assert.Equal(2, await reader.GetFieldValueAsync<int>(2, TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Rows_LeftUnread_AreSteppedOverWithBoundedMemory(string where)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (CommandBehavior behavior in new[] { CommandBehavior.Default, CommandBehavior.SequentialAccess })
        {
            using MySqlDataReader reader = Execute(
                $"WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT i, REPEAT('x', 17000000 * (i > 1)) FROM n{where}",
                behavior);
            Assert.True(reader.Read());
            Assert.Equal("", reader.GetString(1));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.Equal(1, _connection.ExecuteScalar<int>("SELECT 1"));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Row_Streamed_GivesEveryTypeAsABufferedOneDoes(string where)
    {
        _connection.Execute("SET sql_mode = ''");
        _connection.Execute(
            """
            CREATE TEMPORARY TABLE everything (
                a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT, e BIGINT UNSIGNED, f FLOAT, g DOUBLE, h DECIMAL(20,5), i DATE, j DATETIME(6),
                k TIMESTAMP, l TIME(6), m YEAR, n BIT(33), o CHAR(5), p VARCHAR(300), q MEDIUMTEXT, r JSON, s ENUM('x','y'), t SET('x','y'),
                u BINARY(16), v VARBINARY(300), w MEDIUMBLOB, x POINT, y VECTOR(2), z INT)
            """);
        _connection.Execute(
            """
            INSERT INTO everything VALUES (-1, 65535, -5, 7, 18446744073709551615, 1.5, 2.25, -3.00001, '2026-01-02', '2026-01-02 03:04:05.678901',
                '2026-01-02 03:04:05', '-12:13:14.151617', 2026, 4294967297, 'ä', REPEAT('b', 255), REPEAT('🦆', 70000), '[1]', 'y', 'x,y',
                REPEAT('u', 16), REPEAT('v', 251), REPEAT('w', 70000), POINT(1, 2), TO_VECTOR('[1,2]'), 42), (
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, REPEAT('q', 400000), NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL)
            """);
        List<object[]> expected = [];
        using (MySqlDataReader reader = Execute("SELECT * FROM everything" + where, CommandBehavior.Default))
        {
            while (reader.Read())
            {
                expected.Add(new object[reader.FieldCount]);
                reader.GetValues(expected[^1]);
            }
        }

        Assert.Equal(2, expected.Count);
        using MySqlDataReader streamed = Execute("SELECT * FROM everything" + where);
        foreach (object[] row in expected)
        {
            Assert.True(streamed.Read());
            for (int ordinal = 0; ordinal < row.Length; ordinal++)
            {
                Assert.Equal(row[ordinal] is DBNull, streamed.IsDBNull(ordinal));
                Assert.Equal(row[ordinal], streamed.GetValue(ordinal));
                Assert.Equal(row[ordinal], streamed[ordinal]);
            }

            Assert.Throws<InvalidOperationException>(() => streamed.GetValue(0));
        }

        Assert.False(streamed.Read());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Row_ThatFitsTheBuffer_IsReadInAnyOrder(string where)
    {
        using MySqlDataReader reader = Execute("SELECT 1, REPEAT('x', 250000), 3" + where);
        Assert.True(reader.Read());

        Assert.Equal(3, reader.GetInt32(2));
        Assert.Equal(250_000, reader.GetString(1).Length);
        Assert.Equal(250_000, reader.GetChars(1, 0, null, 0, 0));
        Assert.Equal(250_000, reader.GetStream(1).Length);
        Assert.Equal(1, reader.GetInt32(0));
        using Stream early = reader.GetStream(1);
        Assert.False(reader.Read());
        Assert.Equal('x', early.ReadByte());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Row_Streamed_IsReadOnceInAscendingOrder(string where)
    {
        using MySqlDataReader reader = Execute("SELECT 1 AS a, REPEAT('x', 300000) AS b, REPEAT('y', 300000) AS c, NULL AS d, 5 AS e" + where);
        Assert.True(reader.Read());

        byte[] part = new byte[10];
        char[] characters = new char[4];
        Assert.Equal(300_000, reader.GetBytes(1, 0, null, 0, 0));
        Assert.Equal(10, reader.GetBytes(1, 5, part, 0, 10));
        Assert.Equal(
            "What is asked for in the column 'b' has been passed: with CommandBehavior.SequentialAccess the columns of a large row are read once, in ascending order.",
            Assert.Throws<InvalidOperationException>(() => reader.GetBytes(1, 14, part, 0, 10)).Message);
        Assert.Equal(5, reader.GetBytes(1, 299_995, part, 0, 10));
        Assert.Equal(0, reader.GetBytes(1, 300_000, part, 0, 10));
        const string Passed = "has been passed: with CommandBehavior.SequentialAccess the columns of a large row are read once, in ascending order.";
        Assert.Equal($"The column 'b' {Passed}", Assert.Throws<InvalidOperationException>(() => reader.GetString(1)).Message);
        Assert.Equal($"The column 'b' {Passed}", Assert.Throws<InvalidOperationException>(() => reader.GetStream(1)).Message);
        Assert.Equal($"The column 'a' {Passed}", Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0)).Message);
        Assert.Equal($"The column 'a' {Passed}", Assert.Throws<InvalidOperationException>(() => reader.IsDBNull(0)).Message);
        Assert.Equal(
            "The number of characters in the column 'c' is not known before they are read: the row is streamed.",
            Assert.Throws<InvalidOperationException>(() => reader.GetChars(2, 0, null, 0, 0)).Message);
        Assert.Equal(4, reader.GetChars(2, 1_000, characters, 0, 4));
        Assert.Equal("yyyy", new string(characters));
        Assert.Throws<InvalidOperationException>(() => reader.GetChars(2, 1_003, characters, 0, 4));
        Assert.Equal(0, reader.GetChars(2, 300_001, characters, 0, 4));
        Assert.Equal(
            "The column 'd' is NULL in this row; ask IsDBNull first.", Assert.Throws<InvalidCastException>(() => reader.GetStream(3)).Message);
        Assert.Throws<InvalidCastException>(() => reader.GetStream(4));
        Assert.Throws<InvalidCastException>(() => reader.GetTextReader(4));
        Assert.Equal(5, reader.GetInt32(4));
        Assert.Equal(5L, reader.GetInt64(4));
        Assert.Equal(ConnectionState.Open, _connection.State);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Text_Streamed_IsDecodedAcrossPieces(string where)
    {
        string text = "\uFEFF" + string.Concat(Enumerable.Repeat("a🦆ßあ", 100_000));
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE texts (t LONGTEXT)");
        await _connection.ExecuteAsync("INSERT INTO texts VALUES (@text)", new { text });

        await using (MySqlDataReader reader = Execute("SELECT t FROM texts" + where))
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(text, await reader.GetTextReader(0).ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        await using (MySqlDataReader reader = Execute("SELECT t FROM texts" + where))
        {
            Assert.True(reader.Read());
            StringBuilder read = new();
            char[] characters = new char[997];
            while (reader.GetChars(0, read.Length, characters, 0, characters.Length) is > 0 and long count) read.Append(characters, 0, (int)count);
            Assert.Equal(text, read.ToString());
        }

        await using (MySqlDataReader reader = Execute("SELECT t FROM texts" + where))
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(text, await reader.GetFieldValueAsync<string>(0, TestContext.Current.CancellationToken));
            Assert.Equal(text, reader.GetString(0));
            Assert.Equal(text, reader.GetTextReader(0).ReadToEnd());
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Stream_AfterItsTime_IsDisposed(string where)
    {
        const string Sql = "SELECT REPEAT('x', 300000), REPEAT('y', 300000) FROM (SELECT 1 UNION ALL SELECT 2) t";
        byte[] buffer = new byte[10];
        MySqlDataReader reader = Execute(Sql + where);
        Assert.True(reader.Read());
        Stream first = reader.GetStream(0);
        Assert.Equal(10, first.Read(buffer));
        Stream second = reader.GetStream(1);
        AssertGone(first);
        Assert.Equal('y', second.ReadByte());
        Assert.True(reader.Read());
        AssertGone(second);
        Stream third = reader.GetStream(0);
        Assert.Equal('x', third.ReadByte());
        await third.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => third.ReadByte());
        Stream fourth = reader.GetStream(1);
        await reader.CloseAsync();
        AssertGone(fourth);
        Assert.Equal(1, _connection.ExecuteScalar<int>("SELECT 1"));

        void AssertGone(Stream stream) => Assert.StartsWith(
            "The column's stream has ended: its reader has gone on to another column or row, or was closed.",
            Assert.Throws<ObjectDisposedException>(() => stream.Read(buffer)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ZeroDate_InAStreamedRow_IsNullByChoice(string where)
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Zero Dates=Null");
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("SET sql_mode = ''");
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE zero (a DATETIME NOT NULL, b LONGTEXT, c DATE NOT NULL, d DATE)");
        await connection.ExecuteAsync("INSERT INTO zero VALUES ('0000-00-00', REPEAT('x', 300000), '2024-00-10', '2026-01-02')");
        await using MySqlCommand command = new("SELECT * FROM zero" + where, connection);
        command.Parameters.AddWithValue("one", 1);
        await using MySqlDataReader reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        Assert.True(reader.Read());

        Assert.True(reader.IsDBNull(0));
        Assert.Null(reader.GetFieldValue<DateTime?>(2));
        Assert.Equal(new DateTime(2026, 1, 2), reader.GetValue(3));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Row_LeftInTheMiddleAndTheNextCancelled_LeavesTheConnectionUsable(string where)
    {
        await using MySqlConnection other = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        using CancellationTokenSource cancel = new();
        MySqlDataReader reader = Execute("SELECT REPEAT('x', 300000), SLEEP(60 * (i - 1)) FROM (SELECT 1 AS i UNION ALL SELECT 2) t" + where);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Stream stream = reader.GetStream(0);
        Assert.Equal('x', stream.ReadByte());
        while (await other.ExecuteScalarAsync<string>("SELECT STATE FROM performance_schema.processlist WHERE ID = @thread", new { thread = _connection.ServerThread }) != "User sleep")
        {
        }

        Task<bool> pending = reader.ReadAsync(cancel.Token);
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        await reader.DisposeAsync();
        Assert.Equal(ConnectionState.Open, _connection.State);
        Assert.Equal(7, _connection.ExecuteScalar<int>("SELECT 7"));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Copy_CancelledBetweenTwoReads_LeavesTheConnectionUsable(string where)
    {
        using CancellationTokenSource cancel = new();
        await using (MySqlDataReader reader = Execute("SELECT REPEAT('x', 1000000), 5" + where))
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Stream stream = reader.GetStream(0);
            Assert.Equal('x', stream.ReadByte());
            await cancel.CancelAsync();
            await Assert.ThrowsAsync<MySqlCanceledException>(async () => await stream.ReadExactlyAsync(new byte[10], cancel.Token));
        }

        Assert.Equal(7, _connection.ExecuteScalar<int>("SELECT 7"));
    }

    [Theory]
    [InlineData("SELECT 1 AS Id, REPEAT('x', 1000000) AS Body, 'end' AS Title FROM (SELECT 1 UNION ALL SELECT 2) t")]
    [InlineData("SELECT 1 AS Id, REPEAT('x', 1000000) AS Body, 'end' AS Title FROM (SELECT 1 UNION ALL SELECT 2) t WHERE 1 = @one")]
    public async Task Dapper_ReadsLargeRowsAsAnyOthers(string sql)
    {
        Note[] notes = [.. await _connection.QueryAsync<Note>(sql, new { one = 1 })];
        Assert.Equal([new Note(1, new string('x', 1_000_000), "end"), new Note(1, new string('x', 1_000_000), "end")], notes);
        Assert.Equal(notes, _connection.Query<Note>(sql, new { one = 1 }));
        dynamic loose = await _connection.QueryFirstAsync(sql, new { one = 1 });
        Assert.Equal("end", (string)loose.Title);
    }

    private static Digest ByStream(MySqlDataReader reader)
    {
        using Stream stream = reader.GetStream(1);
        Digest digest = new();
        byte[] buffer = new byte[100_003];
        while (stream.Read(buffer, 0, buffer.Length) is > 0 and int read) digest.Add(buffer.AsSpan(0, read));
        return digest;
    }

    private static Digest ByReader(MySqlDataReader reader)
    {
        using TextReader text = reader.GetTextReader(1);
        Digest digest = new();
        char[] buffer = new char[10_007];
        byte[] bytes = new byte[10_007];
        while (text.Read(buffer) is > 0 and int read) digest.Add(bytes.AsSpan(0, Encoding.ASCII.GetBytes(buffer.AsSpan(0, read), bytes)));
        return digest;
    }

    private static Digest ByBytes(MySqlDataReader reader)
    {
        Digest digest = new();
        byte[] buffer = new byte[50_021];
        while (reader.GetBytes(1, digest.Count, buffer, 0, buffer.Length) is > 0 and long read) digest.Add(buffer.AsSpan(0, (int)read));
        return digest;
    }

    private static Digest ByChars(MySqlDataReader reader)
    {
        Digest digest = new();
        char[] buffer = new char[10_007];
        byte[] bytes = new byte[10_007];
        while (reader.GetChars(1, digest.Count, buffer, 0, buffer.Length) is > 0 and long read)
        {
            digest.Add(bytes.AsSpan(0, Encoding.ASCII.GetBytes(buffer.AsSpan(0, (int)read), bytes)));
        }

        return digest;
    }

    private static Digest Expected(int size)
    {
        Digest digest = new();
        byte[] pattern = [.. Enumerable.Range(0, 1024).Select(index => (byte)('a' + (index % 8)))];
        for (int done = 0; done < size; done += pattern.Length) digest.Add(pattern);
        return digest;
    }

    private MySqlDataReader Execute(string sql, CommandBehavior behavior = CommandBehavior.SequentialAccess)
    {
        MySqlCommand command = new(sql, _connection);
        command.Parameters.AddWithValue("one", 1);
        return command.ExecuteReader(behavior);
    }

    private sealed record Note(long Id, string Body, string Title);

    /// <summary>How many bytes came, and a checksum that minds their order.</summary>
    private sealed record Digest
    {
        public long Count { get; private set; }

        public uint Checksum { get; private set; } = 1;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            uint checksum = Checksum;
            foreach (byte value in bytes) checksum = (checksum * 16_777_619) ^ value;
            Checksum = checksum;
            Count += bytes.Length;
        }
    }
}
