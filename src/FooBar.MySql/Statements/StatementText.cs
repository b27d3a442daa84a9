using System.Text;

namespace FooBar.MySql.Statements;

/// <summary>
/// A statement as the server gets it: in UTF-8, each <c>@name</c> replaced by <c>?</c>. <see cref="ParameterNames"/> has one entry a
/// placeholder, in their order and without the <c>@</c>; a name used twice is there twice.
/// </summary>
internal sealed record StatementText(byte[] Sql, string[] ParameterNames)
{
    public bool HasParameters => ParameterNames.Length > 0;

    /// <exception cref="ArgumentException">The text has a positional placeholder.</exception>
    public static StatementText Parse(string text, bool noBackslashEscapes)
    {
        List<string>? names = null;
        StringBuilder? sql = null;
        int copied = 0;
        ParameterScanner scanner = new(text, noBackslashEscapes);
        while (scanner.MoveNext())
        {
            (sql ??= new StringBuilder(text.Length)).Append(text, copied, scanner.Start - copied).Append('?');
            (names ??= []).Add(text.Substring(scanner.Start + 1, scanner.Length - 1));
            copied = scanner.Start + scanner.Length;
        }

        if (sql is null) return new StatementText(Encoding.UTF8.GetBytes(text), []);

        sql.Append(text, copied, text.Length - copied);
        return new StatementText(Encoding.UTF8.GetBytes(sql.ToString()), [.. names!]);
    }
}
