using System.Text;

namespace FooBar.MySql.Authentication;

/// <summary>A file whose first line is a password, as a deployment tool or a secret's mount writes it.</summary>
internal static class PasswordFile
{
    /// <summary>MySQL takes 256 bytes at most; what is longer is some other file.</summary>
    private const int LongestLine = 1_024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The first line, without its end and without a byte order mark.</summary>
    /// <exception cref="MySqlException">The file cannot be read, or holds no password.</exception>
    public static string Read(string path)
    {
        try
        {
            Span<byte> head = stackalloc byte[LongestLine + 1];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            ReadOnlySpan<byte> line = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (line.StartsWith(Encoding.UTF8.Preamble)) line = line[Encoding.UTF8.Preamble.Length..];

            int end = line.IndexOf((byte)'\n');
            if (end < 0 && line.Length > LongestLine) throw Unusable(path, $"its first line is longer than {LongestLine} bytes");
            if (end >= 0) line = line[..end];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (line.IsEmpty) throw Unusable(path, "its first line is empty");
            return line.Contains((byte)0) ? throw Unusable(path, "its first line holds a NUL byte") : StrictUtf8.GetString(line);
        }
        catch (DecoderFallbackException failure)
        {
            throw Unusable(path, "its first line is not UTF-8", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unusable(path, Directory.Exists(path) ? "it is a directory" : failure.Message.TrimEnd('.'), failure);
        }
    }

    private static MySqlException Unusable(string path, string why, Exception? inner = null) => new(
        $"The file '{path}' of 'Password File' cannot be used: {why}.", MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, inner: inner);
}
