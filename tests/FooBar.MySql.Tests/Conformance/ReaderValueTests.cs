using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>Values by position and name, and the arguments of the calls that give them.</summary>
public sealed class ReaderValueTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    private const string Sql = "SELECT 1 AS a, 'text' AS B, NULL AS c, CAST('0123456789' AS BINARY) AS d, 2 AS b, 'é€😀' AS e";

    private DbCommand _command = null!;
    private DbDataReader _reader = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _command = Command(Sql);
        _reader = await _command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await _reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Ordinal_OfAName_IsTheExactOneOrElseAnyCase()
    {
        Assert.Equal((1, 4, 0, 3), (_reader.GetOrdinal("B"), _reader.GetOrdinal("b"), _reader.GetOrdinal("A"), _reader.GetOrdinal("D")));
        Assert.Equal(("text", 2L), (_reader["B"], _reader["b"]));
        Refused<IndexOutOfRangeException>("The result has no column 'x'.", () => _reader.GetOrdinal("x"));
        Refused<IndexOutOfRangeException>("The result has no column ''.", () => _reader[string.Empty]);
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => _reader.GetOrdinal(null!)).ParamName);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public async Task Ordinal_OutOfRange_IsRefused(int ordinal)
    {
        string message = $"The result has 6 columns; there is no number {ordinal}.";
        Func<object?>[] calls =
        [
            () => _reader.GetName(ordinal), () => _reader.GetFieldType(ordinal), () => _reader.GetDataTypeName(ordinal), () => _reader[ordinal],
            () => _reader.GetValue(ordinal), () => _reader.IsDBNull(ordinal), () => _reader.GetBoolean(ordinal), () => _reader.GetByte(ordinal),
            () => _reader.GetInt16(ordinal), () => _reader.GetInt32(ordinal), () => _reader.GetInt64(ordinal), () => _reader.GetFloat(ordinal),
            () => _reader.GetDouble(ordinal), () => _reader.GetDecimal(ordinal), () => _reader.GetDateTime(ordinal), () => _reader.GetGuid(ordinal),
            () => _reader.GetString(ordinal), () => _reader.GetChar(ordinal), () => _reader.GetBytes(ordinal, 0, null, 0, 0),
            () => _reader.GetChars(ordinal, 0, null, 0, 0), () => _reader.GetFieldValue<int>(ordinal), () => _reader.GetFieldValue<string>(ordinal),
            () => _reader.GetFieldValue<int?>(ordinal),
        ];
        foreach (Func<object?> call in calls) Refused<IndexOutOfRangeException>(message, call);
        foreach (bool async in (bool[])[true, false])
        {
            await RefusedAsync<IndexOutOfRangeException>(message, () => _reader.IsNullAsync(ordinal, async));
            await RefusedAsync<IndexOutOfRangeException>(message, () => _reader.FieldAsync<string>(ordinal, async));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 2)]
    [InlineData(6, 6)]
    [InlineData(9, 6)]
    public void GetValues_FillsWhatThereIsRoomFor(int length, int expected)
    {
        object?[] values = new object?[length];

        Assert.Equal(expected, _reader.GetValues(values!));
        Assert.Equal(new object[] { 1L, "text", DBNull.Value }.Take(expected).Take(3), values.Take(Math.Min(expected, 3)));
        Assert.All(values.Skip(expected), Assert.Null);
        Assert.Equal("values", Assert.Throws<ArgumentNullException>(() => _reader.GetValues(null!)).ParamName);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Null_IsDBNullAndNoValueOfAnyOtherType(bool async)
    {
        const string Message = "The column 'c' is NULL in this row; ask IsDBNull first.";

        Assert.True(await _reader.IsNullAsync(2, async));
        Assert.False(await _reader.IsNullAsync(0, async));
        Assert.Same(DBNull.Value, _reader.GetValue(2));
        Assert.Same(DBNull.Value, _reader["c"]);
        Assert.Same(DBNull.Value, await _reader.FieldAsync<object>(2, async));
        Assert.Same(DBNull.Value, await _reader.FieldAsync<DBNull>(2, async));
        Assert.Null(await _reader.FieldAsync<int?>(2, async));
        await RefusedAsync<InvalidCastException>(Message, () => _reader.FieldAsync<int>(2, async));
        await RefusedAsync<InvalidCastException>(Message, () => _reader.FieldAsync<string>(2, async));
        await RefusedAsync<InvalidCastException>(Message, () => _reader.FieldAsync<Stream>(2, async));
        foreach (Func<object?> call in (Func<object?>[])[() => _reader.GetInt32(2), () => _reader.GetString(2), () => _reader.GetBoolean(2),
            () => _reader.GetDateTime(2), () => _reader.GetBytes(2, 0, null, 0, 0), () => _reader.GetChars(2, 0, null, 0, 0),
            () => _reader.GetStream(2)])
        {
            Refused<InvalidCastException>(Message, call);
        }
    }

    [Fact]
    public void Value_OfAnotherKind_IsRefusedByNameAndType()
    {
        Refused<InvalidCastException>("The column 'B' of type VARCHAR has no value that is a Int32.", () => _reader.GetInt32(1));
        Refused<InvalidCastException>("The column 'a' of type BIGINT has no value that is a String.", () => _reader.GetString(0));
        Refused<InvalidCastException>("The column 'd' of type VARBINARY has no value that is a DateTime.", () => _reader.GetDateTime(3));
        Assert.Throws<InvalidCastException>(() => _reader.GetFieldValue<Uri>(1));
        Assert.Throws<InvalidCastException>(() => _reader.GetStream(0));
        Assert.Throws<InvalidCastException>(() => _reader.GetTextReader(0));
    }

    [Fact]
    public void Text_OfEveryWidth_IsWhole()
    {
        Assert.Equal("é€😀", _reader.GetString(5));
        Assert.Equal("é€😀", _reader.GetFieldValue<string>(5));
        Assert.Equal("é€😀", _reader.GetValue(5));
        using TextReader text = _reader.GetTextReader(5);
        Assert.Equal("é€😀", text.ReadToEnd());
        using Stream bytes = _reader.GetStream(3);
        using StreamReader digits = new(bytes);
        Assert.Equal("0123456789", digits.ReadToEnd());
    }

    public static TheoryData<long, int, int, int, string> Parts => new()
    {
        { 0, 0, 10, 10, "0123456789______" },
        { 0, 0, 16, 10, "0123456789______" },
        { 0, 6, 10, 10, "______0123456789" },
        { 3, 2, 4, 4, "__3456__________" },
        { 8, 0, 16, 2, "89______________" },
        { 10, 0, 16, 0, "________________" },
        { long.MaxValue, 0, 16, 0, "________________" },
        { 0, 16, 0, 0, "________________" },
        { 0, 3, 0, 0, "________________" },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void GetBytesAndGetChars_CopyThePartThatFits(long dataOffset, int bufferOffset, int length, int copied, string expected)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)'_', 16)];
        Assert.Equal(copied, _reader.GetBytes(3, dataOffset, bytes, bufferOffset, length));
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(bytes));

        using DbCommand command = Command("SELECT '0123456789'");
        _reader.Dispose();
        using DbDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        char[] chars = [.. Enumerable.Repeat('_', 16)];
        Assert.Equal(copied, reader.GetChars(0, dataOffset, chars, bufferOffset, length));
        Assert.Equal(expected, new string(chars));
    }

    [Fact]
    public void GetBytesAndGetChars_WithoutABuffer_GiveTheLengthOfTheWhole()
    {
        Assert.Equal(10, _reader.GetBytes(3, 0, null, 0, 0));
        Assert.Equal(10, _reader.GetBytes(3, 4, null, 0, 0));
        Assert.Equal(4, _reader.GetChars(1, 0, null, 0, 0));
        Assert.Equal(4, _reader.GetChars(1, 2, null, 0, 0));
        Assert.Throws<InvalidCastException>(() => _reader.GetBytes(0, 0, null, 0, 0));
        Assert.Throws<InvalidCastException>(() => _reader.GetChars(0, 0, null, 0, 0));
    }

    [Theory]
    [InlineData(-1, 0, 1, "dataOffset")]
    [InlineData(0, -1, 1, "bufferOffset")]
    [InlineData(0, 5, 0, "bufferOffset")]
    [InlineData(0, 0, -1, "length")]
    [InlineData(0, 0, 5, "length")]
    [InlineData(0, 2, 3, "length")]
    public void GetBytesAndGetChars_OutOfRange_SayWhichArgument(long dataOffset, int bufferOffset, int length, string argument)
    {
        Assert.Equal(argument, Assert.Throws<ArgumentOutOfRangeException>(() => _reader.GetBytes(3, dataOffset, new byte[4], bufferOffset, length)).ParamName);
        Assert.Equal(argument, Assert.Throws<ArgumentOutOfRangeException>(() => _reader.GetChars(1, dataOffset, new char[4], bufferOffset, length)).ParamName);
    }
}
