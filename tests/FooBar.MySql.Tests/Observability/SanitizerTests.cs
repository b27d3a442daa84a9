using FooBar.MySql.Observability;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Observability;

public sealed class SanitizerTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT ?")]
    [InlineData("  SELECT\t*\r\n  FROM  post ", "SELECT * FROM post")]
    [InlineData("SELECT 'it''s', \"a\"\"b\", 'a\\'b' FROM t1", "SELECT ?, ?, ? FROM t1")]
    [InlineData("SELECT `a'b``c` FROM `t 1`", "SELECT `a'b``c` FROM `t 1`")]
    [InlineData("SELECT @id, @@version, @`user`, @@session.sql_mode", "SELECT @id, @@version, @`user`, @@session.sql_mode")]
    [InlineData("SELECT 1.5, .5, -3, 1e-5, 1E+5, 0xFF, x'4D', b'01', _utf8mb4'a', N'a'", "SELECT ?, .?, -?, ?, ?, ?, x?, b?, _utf8mb4?, N?")]
    [InlineData("SELECT 1-2, a-2, 3e-a", "SELECT ?-?, a-?, ?")]
    [InlineData("SELECT TRUE, false, NULL, trueish", "SELECT ?, ?, NULL, trueish")]
    [InlineData("SELECT /* 'secret' */ 1 -- 'secret'\n, 2 # 'secret'\n, 3--4", "SELECT ? , ? , ?--?")]
    [InlineData("/*! SET */ SELECT 1 --", "SELECT ?")]
    [InlineData("SELECT DATE '2026-01-01', INTERVAL 3 DAY", "SELECT DATE ?, INTERVAL ? DAY")]
    [InlineData("ALTER USER 'app'@'localhost' IDENTIFIED BY 'secret'", "ALTER USER ?@? IDENTIFIED BY ?")]
    [InlineData("SELECT 'without an end", "SELECT ?")]
    [InlineData("SELECT 'an end in a backslash\\", "SELECT ?")]
    [InlineData("SELECT /* without an end", "SELECT")]
    [InlineData("SELECT /*", "SELECT")]
    [InlineData("SELECT `without an end", "SELECT `without an end")]
    [InlineData("SELECT schön FROM größe WHERE a = '😀'", "SELECT schön FROM größe WHERE a = ?")]
    [InlineData("", "")]
    [InlineData("-- nothing", "")]
    public void Literals_BecomeQuestionMarks_AndCommentsGo(string text, string sanitized) =>
        Assert.Equal(sanitized, StatementSanitizer.Sanitize(text, noBackslashEscapes: false));

    [Fact]
    public void Backslash_EndsNoString_WhereTheSessionSaysSo()
    {
        Assert.Equal("SELECT ?, secret, ?", StatementSanitizer.Sanitize(@"SELECT 'a\', secret, 'b'", noBackslashEscapes: true));
        Assert.Equal("SELECT ?b?", StatementSanitizer.Sanitize(@"SELECT 'a\', secret, 'b'", noBackslashEscapes: false));
    }

    [Theory]
    [InlineData("a, ")]
    [InlineData("1, ")]
    [InlineData("abcdefghijklmnopqrstuvwxyz_0123456789, ")]
    [InlineData("`abcdefghijklmnopqrstuvwxyz_0123456789`,")]
    public void LongText_IsCut(string part)
    {
        string text = StatementSanitizer.Sanitize("SELECT " + string.Concat(Enumerable.Repeat(part, 2_000)), noBackslashEscapes: false);

        Assert.InRange(text.Length, StatementSanitizer.LongestText, StatementSanitizer.LongestText + 2);
        Assert.EndsWith("…", text, StringComparison.Ordinal);
    }

    [Fact]
    public void LongName_IsCutWithoutMore()
    {
        string text = StatementSanitizer.Sanitize(new string('a', 3 * StatementSanitizer.LongestText), noBackslashEscapes: false);
        Assert.Equal(new string('a', StatementSanitizer.LongestText), text);
    }

    [Fact]
    public void NoLiteral_EverComesThrough()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"FOOBAR_TEST_SEED={Catalogue.Seed}");
        Random random = new(Catalogue.Seed);
        string[] around = [" ", ", ", "(", ")", " = ", " -- x\n", "/* y */", "@p", "`q`", "@@v", "t.c", "#z\n", "+", "-", "\n"];
        string[] literals = ["'SECRET'", "\"SECRET\"", "'SE''SECRET'", "'\\'SECRET'", "x'SECRET'", "'-- SECRET'", "'/* SECRET'", "/* SECRET */", "# SECRET\n", "-- SECRET\n", "4711", "0x4711", "4711.4711e-4711"];
        for (int text = 0; text < 20_000; text++)
        {
            string sql = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.GetItems(around, 1)[0] + " " + random.GetItems(literals, 1)[0]));
            string sanitized = StatementSanitizer.Sanitize(sql, noBackslashEscapes: false);
            Assert.False(sanitized.Contains("SECRET", StringComparison.Ordinal) || sanitized.Contains("4711", StringComparison.Ordinal), $"{sql}\n{sanitized}");
        }
    }

    [Theory]
    [InlineData("select 1", "SELECT")]
    [InlineData(" /* x */ (( SELECT 1))", "SELECT")]
    [InlineData("with a as (select 1) select * from a", "WITH")]
    [InlineData("INSERT INTO t VALUES (1)", "INSERT")]
    [InlineData("Commit", "COMMIT")]
    [InlineData("SELECTED", null)]
    [InlineData("FROBNICATE t", null)]
    [InlineData("@a", null)]
    [InlineData("", null)]
    public void Operation_IsTheFirstWordIfItIsOneOfMySqls(string text, string? operation) =>
        Assert.Equal(operation, StatementDescription.Of(text, noBackslashEscapes: false).Operation);

    [Fact]
    public void Description_IsMadeOnceAText()
    {
        string text = "SELECT 'once'";
        Assert.Same(StatementDescription.Of(text, noBackslashEscapes: false), StatementDescription.Of(new string(text.AsSpan()), noBackslashEscapes: false));
        Assert.NotSame(StatementDescription.Of(text, noBackslashEscapes: false), StatementDescription.Of(text, noBackslashEscapes: true));
    }
}
