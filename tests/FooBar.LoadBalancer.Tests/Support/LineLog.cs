using System.Text;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>Keeps the lines that were written to it.</summary>
internal sealed class LineLog : TextWriter
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public override Encoding Encoding => Encoding.UTF8;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public override void Write(char value) => throw new NotSupportedException("Lines are written whole.");

    public override void Write(string? value)
    {
        lock (_lock)
        {
            _lines.AddRange((value ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }
}
