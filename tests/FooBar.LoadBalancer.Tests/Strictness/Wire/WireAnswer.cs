using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>One answer as a client has it.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its body, whole; empty if there is none.</param>
internal sealed partial record WireAnswer(int Status, List<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>A header's value; null if it is not there or there more than once.</summary>
    public string? this[string name] => WireReader.Values(Headers, name) is [var value] ? value : null;

    /// <summary>Reads the next final answer off a connection; null at its end.</summary>
    /// <exception cref="WireException">It is malformed or not whole.</exception>
    public static async Task<WireAnswer?> ReadAsync(WireReader reader, bool toHead, CancellationToken cancel)
    {
        while (true)
        {
            if (await reader.ReadLineAsync(cancel) is not { } line)
                return null;
            if (!StatusLine().IsMatch(line))
                throw new WireException($"no status line: '{WireReader.Visible(line)}'");

            int status = int.Parse(line.AsSpan(9, 3), CultureInfo.InvariantCulture);
            List<(string, string)> headers = await reader.ReadHeadersAsync(cancel);
            if (status is >= 100 and < 200 and not 101)
                continue;
            if (toHead || status is 101 or 204 or 304)
                return new WireAnswer(status, headers, []);
            byte[] body = await reader.ReadBodyAsync(headers, cancel) ?? throw new WireException("an answer without a length");
            return new WireAnswer(status, headers, body);
        }
    }

    [GeneratedRegex("^HTTP/1\\.1 [1-5][0-9][0-9] [ -~]*\\z")]
    private static partial Regex StatusLine();
}
