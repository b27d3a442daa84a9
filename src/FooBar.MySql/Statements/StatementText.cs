using System.Text;

namespace FooBar.MySql.Statements;

/// <summary>
/// A statement as the server gets it: in UTF-8, each <c>@name</c> replaced by <c>?</c>. <see cref="ParameterNames"/> has one entry a
/// placeholder, in their order and without the <c>@</c>; a name used twice is there twice. Immutable.
/// </summary>
/// <remarks>
/// A bare <c>@name</c> is always a parameter, never a user variable: taking a forgotten parameter for a variable would run the statement
/// with NULL in its place. An executable comment is left as it is.
/// </remarks>
internal sealed record StatementText(byte[] Sql, string[] ParameterNames, SessionEffects Effects)
{
    public bool HasParameters => ParameterNames.Length > 0;

    /// <exception cref="ArgumentException">
    /// The text has a positional placeholder, or something of which only the server knows whether it is a parameter.
    /// </exception>
    public static StatementText Parse(string text, bool noBackslashEscapes)
    {
        List<string>? names = null;
        StringBuilder? sql = null;
        int copied = 0;
        SqlLexer lexer = new(text, noBackslashEscapes);
        EffectsScanner effects = new();
        while (lexer.MoveNext())
        {
            effects.Take(lexer.Kind, lexer.Token);
            if (lexer.Kind == SqlToken.Placeholder)
            {
                throw new ArgumentException(
                    $"The statement has a positional placeholder '?' at character {lexer.Start}; parameters are written @name.");
            }

            if (lexer.Kind == SqlToken.ExecutableComment) RequirePlain(lexer.Token, noBackslashEscapes);
            if (lexer.Kind != SqlToken.Parameter) continue;

            (sql ??= new StringBuilder(text.Length)).Append(text, copied, lexer.Start - copied).Append('?');
            (names ??= []).Add(lexer.Token[1..].ToString());
            copied = lexer.Start + lexer.Length;
        }

        if (lexer.DependsOnAnsiQuotes && !Names(text, noBackslashEscapes, ansiQuotes: true).SequenceEqual(names ?? []))
        {
            throw new ArgumentException(
                "The statement has a double quote behind a backslash, and what is a parameter depends on the server's ANSI_QUOTES; "
                + "use single quotes around strings.");
        }

        if (sql is null) return new StatementText(Encoding.UTF8.GetBytes(text), [], effects.Effects);

        sql.Append(text, copied, text.Length - copied);
        return new StatementText(Encoding.UTF8.GetBytes(sql.ToString()), [.. names!], effects.Effects);
    }

    private static List<string> Names(string text, bool noBackslashEscapes, bool ansiQuotes)
    {
        List<string> names = [];
        SqlLexer lexer = new(text, noBackslashEscapes, ansiQuotes);
        while (lexer.MoveNext())
        {
            if (lexer.Kind == SqlToken.Parameter) names.Add(lexer.Token[1..].ToString());
        }

        return names;
    }

    /// <summary>The server decides by its version whether it executes an executable comment, and ends it elsewhere if it does not.</summary>
    private static void RequirePlain(ReadOnlySpan<char> comment, bool noBackslashEscapes)
    {
        ReadOnlySpan<char> inside = comment[3..];
        if (inside.EndsWith("*/")) inside = inside[..^2];

        // "/*/": where it is not executed, its end is the begin of a comment inside it.
        if (inside.EndsWith('/')) throw NotPlain("/*/");

        SqlLexer lexer = new(inside, noBackslashEscapes);
        while (lexer.MoveNext())
        {
            if (lexer.Kind is SqlToken.Parameter or SqlToken.Placeholder or SqlToken.Comment or SqlToken.ExecutableComment || lexer.IsUnfinished)
            {
                throw NotPlain(lexer.Token);
            }
        }
    }

    private static ArgumentException NotPlain(ReadOnlySpan<char> token) => new(
        $"The statement has an executable comment with {token} in it; parameters, comments and halves of strings must stand outside.");
}
