namespace FooBar.Testing;

/// <summary>
/// What a long test has measured, in one line. <c>./foobar test SUITE --thorough</c> collects the lines into docs/evidence/SUITE.md.
/// Thread-safe.
/// </summary>
public static class EvidenceLine
{
    /// <summary>What such a line begins with; FooBar.AppHost's TestReport looks for it.</summary>
    private const string Mark = "evidence: ";

    /// <summary>Prints a line, and with it a row of the table.</summary>
    /// <param name="name">What was done.</param>
    /// <param name="figures">How often, and what came of it.</param>
    /// <exception cref="ArgumentException">It would not fit into a table's row.</exception>
    public static void Print(string name, string figures)
    {
        if ((name + figures).AsSpan().IndexOfAny('|', '\n', '\r') >= 0) throw new ArgumentException($"No row of a table: {name}: {figures}");

        Console.WriteLine($"{Mark}{name} | {figures}");
    }
}
