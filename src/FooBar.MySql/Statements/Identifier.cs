namespace FooBar.MySql.Statements;

/// <summary>Names of schemas, tables, columns and savepoints in a statement's text (MySQL 9.7 manual, "Schema Object Names").</summary>
internal static class Identifier
{
    public const string Quotes = "`";

    /// <summary>The name in backticks, whatever characters it has.</summary>
    public static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>The name without its backticks; a name that has none is left as it is.</summary>
    public static string Unquote(string quoted) =>
        quoted.Length >= 2 && quoted.StartsWith('`') && quoted.EndsWith('`') ? quoted[1..^1].Replace("``", "`", StringComparison.Ordinal) : quoted;
}
