namespace FooBar.AppHost.CommandLine;

/// <summary>Words to a terminal that may have been closed: then there is nobody to tell, and what follows must still be done.</summary>
internal static class TerminalLine
{
    public static void TryWrite(string line) => TryWrite(Console.Out, line);

    public static void TryWriteError(string line) => TryWrite(Console.Error, line);

    private static void TryWrite(TextWriter terminal, string line)
    {
        try
        {
            terminal.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }
}
