using System.Text.Json;

namespace FooBar.AppHost.Progress;

/// <summary>
/// Progress across processes: a detached supervisor appends each event as a line of JSON, the command that started it follows the file.
/// A file, because the supervisor outlives the command: a pipe would break in its hands.
/// </summary>
internal sealed class FileProgress : IStartProgress
{
    private readonly Lock _lock = new();
    private readonly string _path;

    public FileProgress(string path)
    {
        _path = path;
        File.WriteAllText(path, string.Empty);
    }

    public void Report(ProgressEvent news)
    {
        lock (_lock)
        {
            try
            {
                File.AppendAllText(_path, JsonSerializer.Serialize(news) + "\n");
            }
            catch (IOException)
            {
                // A full disk: what fails by it says so; a line of progress is no reason to fail.
            }
        }
    }

    /// <summary>Hands every event so far, from a position on, to <paramref name="progress"/>; returns the position after the last whole line.</summary>
    public static long Follow(string path, long position, IStartProgress progress)
    {
        if (!File.Exists(path))
        {
            return position;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position;
        using StreamReader reader = new(file);
        string text = reader.ReadToEnd();
        int end = text.LastIndexOf('\n') + 1;
        foreach (string line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (JsonSerializer.Deserialize<ProgressEvent>(line) is { } news)
            {
                progress.Report(news);
            }
        }

        return position + System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, end));
    }
}
