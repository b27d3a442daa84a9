using System.Globalization;
using FooBar.MySql.Statements;

namespace FooBar.MySql.Tests.Statements;

public sealed class StatementCacheTests
{
    [Fact]
    public void Get_TheSameText_ReturnsTheSameStatement()
    {
        StatementCache cache = new(capacity: 128);

        Assert.Same(cache.Get("SELECT @a", false), cache.Get("SELECT @a", false));
    }

    [Fact]
    public void Get_MoreTextsThanFit_ClosesTheFirst()
    {
        StatementCache cache = new(capacity: 128);
        cache.Get("0", false).Id = 42;
        for (int text = 1; text <= 128; text++) cache.Get(text.ToString(CultureInfo.InvariantCulture), false).Id = (uint)text;

        Assert.Equal([42U], cache.ToClose);
        Assert.Null(cache.Get("0", false).Id);
    }

    /// <summary>It costs the server, and a round trip's work, to prepare one again.</summary>
    [Fact]
    public void Get_MoreTextsThanFit_LosesTheOnesThatAreNotPreparedFirst()
    {
        StatementCache cache = new(capacity: 128);
        PreparedStatement prepared = cache.Get("SELECT @a", false);
        prepared.Id = 42;
        for (int text = 0; text < 1_000; text++) cache.Get($"SELECT {text}", false);

        Assert.Same(prepared, cache.Get("SELECT @a", false));
        Assert.Empty(cache.ToClose);
    }

    [Fact]
    public void Release_OfALongText_ClosesIt()
    {
        StatementCache cache = new(capacity: 128);
        string text = "SELECT @a" + new string(' ', 20_000);
        PreparedStatement statement = cache.Get(text, false);
        statement.Id = 7;
        cache.Release(text, statement);

        Assert.Equal([7U], cache.ToClose);
        Assert.NotSame(statement, cache.Get(text, false));
    }

    [Fact]
    public void Get_UnderAnotherReadingOfStrings_ScansAgain()
    {
        StatementCache cache = new(capacity: 128);
        string text = @"SELECT '\', @a, '";
        PreparedStatement before = cache.Get(text, noBackslashEscapes: false);
        before.Id = 7;
        PreparedStatement after = cache.Get(text, noBackslashEscapes: true);

        Assert.Equal([], before.Text.ParameterNames);
        Assert.Equal(["a"], after.Text.ParameterNames);
        Assert.Equal([7U], cache.ToClose);
        Assert.Same(after, cache.Get(text, noBackslashEscapes: true));
    }

    [Fact]
    public void ForgetIds_KeepsTextsAndClosesNothing()
    {
        StatementCache cache = new(capacity: 128);
        PreparedStatement statement = cache.Get("SELECT @a", false);
        statement.Id = 7;
        cache.ForgetIds();

        Assert.Null(statement.Id);
        Assert.Empty(cache.ToClose);
        Assert.Same(statement, cache.Get("SELECT @a", false));
    }
}
