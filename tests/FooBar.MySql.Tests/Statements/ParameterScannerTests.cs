using System.Text;
using FooBar.MySql.Statements;

namespace FooBar.MySql.Tests.Statements;

public sealed class ParameterScannerTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT 1", "")]
    [InlineData("", "", "")]
    [InlineData("@a", "?", "a")]
    [InlineData("SELECT @a, @b_1, @A", "SELECT ?, ?, ?", "a,b_1,A")]
    [InlineData("IN (@p1,@p2)", "IN (?,?)", "p1,p2")]
    [InlineData("a=@x;", "a=?;", "x")]
    [InlineData("@größe+1", "?+1", "größe")]
    [InlineData("LIKE@x", "LIKE?", "x")]
    [InlineData("'@a' @b", "'@a' ?", "b")]
    [InlineData("'it''s @a' @b", "'it''s @a' ?", "b")]
    [InlineData(@"'\'@a' @b", @"'\'@a' ?", "b")]
    [InlineData(@"'\\' @b", @"'\\' ?", "b")]
    [InlineData("\"@a\" @b", "\"@a\" ?", "b")]
    [InlineData("`@a` @b", "`@a` ?", "b")]
    [InlineData(@"`\` @b", @"`\` ?", "b")]
    [InlineData("-- @a\n@b", "-- @a\n?", "b")]
    [InlineData("--\t@a\n@b", "--\t@a\n?", "b")]
    [InlineData("5--@b", "5--?", "b")]
    [InlineData("# @a\n@b", "# @a\n?", "b")]
    [InlineData("-- @a", "-- @a", "")]
    [InlineData("--", "--", "")]
    [InlineData("/* @a ' */ @b", "/* @a ' */ ?", "b")]
    [InlineData("/*/ @a */ @b", "/*/ @a */ ?", "b")]
    [InlineData("/*! 'a' */ @b", "/*! 'a' */ ?", "b")]
    [InlineData("/*!80000 STRAIGHT_JOIN */ @b, @`c`", "/*!80000 STRAIGHT_JOIN */ ?, @`c`", "b")]
    [InlineData("CREATE FUNCTION f AS $$ return \"it's @x ?\" $$", "CREATE FUNCTION f AS $$ return \"it's @x ?\" $$", "")]
    [InlineData("CREATE FUNCTION f AS $js$ @x $$ ? $js$, @y", "CREATE FUNCTION f AS $js$ @x $$ ? $js$, ?", "y")]
    [InlineData("SELECT $a, $b$ @c", "SELECT $a, $b$ ?", "c")]
    [InlineData("SELECT \"say \\\"hi\\\"\", @b", "SELECT \"say \\\"hi\\\"\", ?", "b")]
    [InlineData("@@sql_mode, @@global.x, @b", "@@sql_mode, @@global.x, ?", "b")]
    [InlineData("@`a`:=1, @'b', @\"c\", @d", "@`a`:=1, @'b', @\"c\", ?", "d")]
    [InlineData("CREATE USER 'u'@localhost", "CREATE USER 'u'@localhost", "")]
    [InlineData("GRANT x TO `u`@`%`, 'v'@'%'", "GRANT x TO `u`@`%`, 'v'@'%'", "")]
    [InlineData("'unfinished @a", "'unfinished @a", "")]
    [InlineData("/* unfinished @a", "/* unfinished @a", "")]
    [InlineData(@"'unfinished \", @"'unfinished \", "")]
    [InlineData("a @", "a @", "")]
    [InlineData("'?' `?` -- ?", "'?' `?` -- ?", "")]
    [InlineData("JSON_EXTRACT(a, '$.@b') -> @c", "JSON_EXTRACT(a, '$.@b') -> ?", "c")]
    public void Parse_FindsParametersAndNothingElse(string text, string sql, string names)
    {
        StatementText statement = StatementText.Parse(text, noBackslashEscapes: false);

        Assert.Equal(sql, Encoding.UTF8.GetString(statement.Sql));
        Assert.Equal(names.Split(',', StringSplitOptions.RemoveEmptyEntries), statement.ParameterNames);
    }

    [Fact]
    public void Parse_WithoutBackslashEscapes_EndsTheStringAtTheQuote()
    {
        StatementText statement = StatementText.Parse(@"'\' @b", noBackslashEscapes: true);

        Assert.Equal(["b"], statement.ParameterNames);
    }

    [Fact]
    public void Parse_PositionalPlaceholder_IsRefused()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => StatementText.Parse("a = ?", noBackslashEscapes: false));

        Assert.Equal("The statement has a positional placeholder '?' at character 4; parameters are written @name.", refused.Message);
    }

    [Theory]
    [InlineData("/*! @a */ @b", "The statement has an executable comment with @a in it; parameters, comments and halves of strings must stand outside.")]
    [InlineData("SELECT /*!80000 '*/' */, @b", "The statement has an executable comment with ' in it; parameters, comments and halves of strings must stand outside.")]
    [InlineData("SELECT /*!99999 /* a */ @p */ 2", "The statement has an executable comment with /* a  in it; parameters, comments and halves of strings must stand outside.")]
    [InlineData("SELECT /*!99999 /*/ */ @p */ 2", "The statement has an executable comment with /*/ in it; parameters, comments and halves of strings must stand outside.")]
    [InlineData("SELECT \"a\\\", @p, \"b\"", "The statement has a double quote behind a backslash, and what is a parameter depends on the server's ANSI_QUOTES; use single quotes around strings.")]
    public void Parse_WhatOnlyTheServerCanTell_IsRefused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => StatementText.Parse(text, noBackslashEscapes: false)).Message);
}
