using System.Text;

namespace FooBar.AppHost.CommandLine;

/// <summary>
/// Standard output on a terminal that may be closed at any time: what is written after that goes nowhere instead of failing. The hang-up
/// itself comes as a signal and asks for an orderly end, which a table that cannot be drawn must not prevent.
/// </summary>
internal sealed class TerminalWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Puts it before standard output, if that is a terminal; a pipe whose reader is gone goes on to end who writes into it.</summary>
    public static void Install()
    {
        if (!Console.IsOutputRedirected)
        {
            Console.SetOut(new TerminalWriter(Console.Out));
        }
    }

    public override void Write(char value) => Try(() => terminal.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => terminal.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => terminal.Write(value));

    public override void Flush() => Try(terminal.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }
}
