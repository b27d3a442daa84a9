using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FooBar.AppHost.CommandLine;

/// <summary>One line for people, with the moment it belongs to.</summary>
internal sealed record LogLine(DateTimeOffset Time, string Text);

/// <summary>Reads a process's log as it grows and makes its JSON lines readable; other lines are passed through. Not thread-safe.</summary>
internal sealed class LogReader(string path)
{
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly string _name = Path.GetFileNameWithoutExtension(path);
    private readonly StringBuilder _unfinished = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private long _position = -1;
    private bool _insideALine;
    private DateTimeOffset _last;

    /// <summary>The whole lines written since the last call; at the first call those of the file's last four megabytes.</summary>
    public IReadOnlyList<LogLine> ReadNew()
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            // Rotated away; the next start of the process makes it anew.
            Restart(0);
            return [];
        }

        using (file)
        {
            if (_position < 0 || file.Length < _position)
            {
                Restart(_position < 0 ? Math.Max(0, file.Length - MostBytes) : 0);
            }

            file.Position = _position;
            byte[] bytes = new byte[(int)Math.Min(file.Length - _position, MostBytes)];
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _position += read;
            char[] characters = new char[_decoder.GetCharCount(bytes, 0, read)];
            _unfinished.Append(characters, 0, _decoder.GetChars(bytes, 0, read, characters, 0));
        }

        string text = _unfinished.ToString();
        int start = _insideALine ? text.IndexOf('\n') + 1 : 0;
        int end = text.LastIndexOf('\n') + 1;
        _insideALine &= end == 0;
        _unfinished.Clear().Append(text.AsSpan(end));
        return [.. text[start..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Readable)];
    }

    private void Restart(long position)
    {
        _position = position;
        _insideALine = position > 0;
        _unfinished.Clear();
        _decoder.Reset();
    }

    /// <summary>
    /// Our processes write Serilog's JSON; MySQL begins its lines with a time, Prometheus with ts= or time= before it; anything else follows the
    /// line before it.
    /// </summary>
    private LogLine Readable(string line)
    {
        if (line.StartsWith('{'))
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(line);
                JsonElement root = json.RootElement;
                _last = root.TryGetProperty("timestamp", out JsonElement time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out DateTimeOffset parsed) ? parsed : _last;
                if (Text(root, "log") == "access")
                {
                    return Line($"{Text(root, "method")} {Text(root, "path")} {Text(root, "status")} {Text(root, "duration_ms")} ms, {Text(root, "backend")}, {Text(root, "client")}");
                }

                string level = Text(root, "level");
                string message = Text(root, "message");
                string exception = Text(root, "exception");
                return Line($"{(level.Length > 3 ? level[..3].ToUpperInvariant() : level)} {(message.Length > 0 ? message : line)}{(exception.Length > 0 ? "\n" + exception : string.Empty)}");
            }
            catch (JsonException)
            {
                // A torn line: shown as it is.
            }
        }
        else if (line.Split(' ', 2) is [var first, var rest] && first.Length >= 20 && DateTimeOffset.TryParse(first[(first.IndexOf('=') + 1)..], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset parsed))
        {
            _last = parsed;
            return Line(rest);
        }

        return Line(line);
    }

    private static string Text(JsonElement element, string property) => element.TryGetProperty(property, out JsonElement value) ? value.ToString() : string.Empty;

    private LogLine Line(string text) => new(_last, $"{_last.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {_name,-10} {Printable(text)}");

    /// <summary>Logs repeat what strangers sent: characters that command a terminal must not reach it.</summary>
    private static string Printable(string text) =>
        string.Create(text.TrimEnd('\r').Length, text, static (characters, text) =>
        {
            for (int index = 0; index < characters.Length; index++)
            {
                characters[index] = char.IsControl(text[index]) && text[index] is not ('\n' or '\t') ? '\ufffd' : text[index];
            }
        });
}
