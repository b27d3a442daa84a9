using FsCheck;
using FsCheck.Fluent;

namespace FooBar.MySql.Tests.Statements;

/// <summary>One way in which a server reads quotes and backslashes, and random SQL for it.</summary>
internal sealed record SqlMode(bool AnsiQuotes, bool NoBackslashEscapes)
{
    public static readonly SqlMode[] All = [new(false, false), new(false, true), new(true, false), new(true, true)];

    /// <summary>What may stand between two pieces in place of a blank.</summary>
    private static readonly string[] Gaps =
    [
        " ", " ", " ", "\n", "\t", "\r\n", " /* it's @x ? */ ", "/**/", "/*/ \" @x */", " -- it's @x ?\n", " --\t`@x\n", " # \"@x\n", " /*!80400 */ ", " /*!99999 @@x */ ", "/* /*! -- # */",
    ];

    public string Value => string.Join(',', new[] { AnsiQuotes ? "ANSI_QUOTES" : "", NoBackslashEscapes ? "NO_BACKSLASH_ESCAPES" : "" }.Where(mode => mode.Length > 0));

    /// <summary>What a table of every kind of name holds: it is behind FROM in each statement.</summary>
    private const string Table = "(SELECT 1 AS a, 2 AS `b@x`, 3 AS `it's \"@x\"`, 4 AS `c``?`, JSON_OBJECT('k', 1) AS j) AS t";

    /// <summary>Statements that a server takes, of pieces that end up with a gap between them.</summary>
    public Gen<Sql> Statements()
    {
        Gen<Piece[]> expression = Expression(3);
        Gen<Piece[]> list = from count in Gen.Choose(1, 4) from items in Gen.ListOf(expression, count) select Separated(items, ",");
        Gen<Piece[]> hint = Gen.Elements<Piece[]>([], [], [new("/*+ MAX_EXECUTION_TIME(1000) */")], [new("/*+ QB_NAME(q) NO_MERGE(t) */")], [new("/*+ '@x */")]);
        Gen<Piece[]> from = Gen.Constant<Piece[]>([new("FROM"), new(Table)]);
        Gen<Piece[]> where = Gen.OneOf(Gen.Constant<Piece[]>([]), expression.Select(condition => (Piece[])[new("WHERE"), .. condition]));
        Gen<Piece[]> statement = Gen.OneOf(
            from h in hint from l in list from f in @from from w in @where select (Piece[])[new("SELECT"), .. h, .. l, .. f, .. w],
            from h in hint from l in list select (Piece[])[new("SELECT"), .. h, .. WithoutColumns(l), new(";")],
            from l in list select (Piece[])[new("DO"), .. WithoutColumns(l)],
            from l in expression select (Piece[])[new("SET"), new("@`x y`"), new("="), .. WithoutColumns(l)],
            Gen.Elements<Piece[]>(
                [new("CREATE"), new("USER"), new("'u'@localhost")], [new("CREATE"), new("USER"), new("`u`@`%`"), new(","), new("'v'@'%'")],
                [new("GRANT"), new("SELECT"), new("ON"), new("*.*"), new("TO"), new("'u'@localhost")]));
        return from pieces in statement from gaps in Gen.ListOf(Gen.Elements(Gaps), pieces.Length) select new Sql(pieces, [.. gaps]);
    }

    /// <summary>Pieces in any order, most of which no server takes.</summary>
    public static Gen<string> Soup()
    {
        string[] pieces =
        [
            "@p1", "@p2", "@größe", "1", "2", "a", ",", ",", "+", "-", "--", "-- ", "#", "\n", "\n", " ", " ", "/*", "*/", "/**/", "/*+", "(", ")", "AS", "'", "'", "''", "\"", "\"", "\"\"",
            "`", "`", "``", "@@sql_mode", "@`q`", "/", "*", "N'", "x'41'", ":=", "/*/", "é", "\\", "/*!", "/*!80400 ", "/*!99999 ", "$$", "$a$",
        ];
        return Gen.Elements(pieces).ListOf().Select(soup => "SELECT " + string.Concat(soup));
    }

    private Gen<Piece[]> Expression(int depth)
    {
        Gen<Piece[]> atom = Gen.OneOf(Parameter(), Parameter(), Parameter(), String('\'').Select(One), AnsiQuotes ? Column() : String('"').Select(One), Column(), Literal());
        if (depth == 0) return atom;

        Gen<Piece[]> inner = Expression(depth - 1);
        return Gen.OneOf(
            atom,
            from left in inner
            from op in Gen.Elements("+", "-", "*", "/", "%", "=", "<=>", "<", ">=", "<>", "AND", "||", "DIV", "LIKE", "XOR", "&", "<<")
            from right in inner
            select (Piece[])[new("("), .. left, new(op), .. right, new(")")],
            from item in inner from items in Gen.ListOf(inner, 2) select (Piece[])[.. item, new("IN"), new("("), .. Separated(items, ","), new(")")],
            from items in Gen.ListOf(inner, 2) select (Piece[])[new("CONCAT("), .. Separated(items, ","), new(")")],
            from item in inner select (Piece[])[new("CASE"), new("WHEN"), .. item, new("THEN"), .. item, new("ELSE"), .. item, new("END")],
            from item in inner select (Piece[])[new("("), new("SELECT"), .. item, new(")")],
            from item in inner select (Piece[])[.. item, new("/*!80400 + '@x' */")],
            from path in Gen.Elements("j->'$.k'", "j->>'$.\"@x\"'", "JSON_EXTRACT(j, '$.\"?\"')") select One(new Piece(path, HasColumn: true)),
            from name in Name() select (Piece[])[new("5--"), new("@" + name, name)],
            from name in Name() select (Piece[])[new("NOT("), new("1"), new("LIKE"), new("@" + name, name), new(")")]);
    }

    private static Gen<string> Name() => Gen.Elements("p", "p1", "P_2", "$a", "größe", "名", "_", "a1b2", "x");

    private static Gen<Piece[]> Parameter() => Name().Select(name => One(new Piece("@" + name, name)));

    private Gen<Piece[]> Column()
    {
        List<string> columns = ["a", "t.a", "`a`", "t.`b@x`", "`it's \"@x\"`", "`c``?`"];
        if (AnsiQuotes) columns.AddRange(["\"a\"", "t.\"b@x\"", "\"it's \"\"@x\"\"\"", "\"c`?\""]);
        return Gen.Elements<string>([.. columns]).Select(column => One(new Piece(column, HasColumn: true)));
    }

    private Gen<Piece[]> Literal() => Gen.Elements(
        "1", "0x41", "1.5e3", "x'41'", "b'101'", "N'@x'", "_utf8mb4'?@x'", "DATE'2026-01-01'", "{d '2026-01-01'}", "NULL", "TRUE", "@@sql_mode", "@@session.sql_mode",
        "@@global.`max_connections`", "@`x@y`", "@`it's`", "@@`sql_mode`", NoBackslashEscapes ? "@'x\\'" : "@'x\\'@x'").Select(text => One(new Piece(text)));

    private Gen<Piece> String(char quote)
    {
        List<string> contents = ["a", " ", "@x", "?", "--", "-- ", "#", "/*", "*/", "`", quote == '"' ? "'" : "\"", $"{quote}{quote}", "é", "🐬", "@", "\n"];

        // Behind a backslash a double quote is refused where ANSI_QUOTES would make other parameters of it.
        contents.AddRange(NoBackslashEscapes ? ["\\"] : ["\\\\", "\\'", "\\n", "\\@x"]);
        return Gen.Elements<string>([.. contents]).ListOf().Select(parts => new Piece($"{quote}{string.Concat(parts)}{quote}"));
    }

    private static Piece[] One(Piece piece) => [piece];

    private static Piece[] WithoutColumns(Piece[] pieces) => [.. pieces.Select(piece => piece.HasColumn ? new Piece("7") : piece)];

    private static Piece[] Separated(IEnumerable<Piece[]> items, string separator) =>
        [.. items.SelectMany((item, index) => index == 0 ? item : [new Piece(separator), .. item])];
}

/// <summary>A part of a statement: a parameter when it has a name.</summary>
internal sealed record Piece(string Text, string? Parameter = null, bool HasColumn = false);

/// <summary>A statement of pieces, and what stands behind each.</summary>
internal sealed record Sql(Piece[] Pieces, string[] Gaps)
{
    /// <summary>User variables whose names are strings: in a digest they look like those without quotes.</summary>
    public int VariablesInQuotes => Pieces.Count(piece => piece.Text.StartsWith("@'", StringComparison.Ordinal));

    public IEnumerable<string> Parameters => Pieces.Select(piece => piece.Parameter).OfType<string>();

    public string Text => Written(piece => piece.Text);

    /// <summary>With a number in the place of each parameter.</summary>
    public string WithNumbers => Written(piece => piece.Parameter is null ? piece.Text : "+8");

    public override string ToString() => Text;

    /// <summary>Nothing stands between the pieces that would become another one together: only around a parameter or a bracket is there no gap at times.</summary>
    private string Written(Func<Piece, string> write) => string.Concat(Pieces.Select((piece, index) =>
    {
        bool isTight = Gaps[index] == " " && index % 3 == 0 && index + 1 < Pieces.Length
            && (piece.Text is "(" or "," or "=" or "LIKE" or "IN" || piece.Text is "5--" || Pieces[index + 1].Text is ")" or "," or "(");
        return write(piece) + (piece.Text is "5--" || piece.Text.EndsWith('(') || isTight ? "" : Gaps[index]);
    }));
}
