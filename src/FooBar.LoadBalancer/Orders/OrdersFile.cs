using System.Text.Json;
using System.Text.Json.Serialization;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Orders;

/// <summary>
/// The orders on disk (<c>Gateway:StatePath</c>): JSON, by backend name. Written whole or not at all, and for its owner alone. Several processes may
/// use one file at once: who changes it holds <see cref="LockAsync"/> from reading to writing.
/// </summary>
internal sealed class OrdersFile(string path, TimeProvider time)
{
    private const int Version = 1;
    private const int LargestBytes = 1024 * 1024;

    /// <summary>EWOULDBLOCK, the answer of flock(2) to a lock that another holds; a full disk is no reason to wait.</summary>
    private const int HeldByAnother = 11;

    private static readonly TimeSpan _lockTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _lockStep = TimeSpan.FromMilliseconds(10);

    /// <summary>What a later version adds is passed over; what it would mean otherwise, it says by another version number.</summary>
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>Says when the file that the options name has no folder to be in: nothing could be kept, and nobody would know before it matters.</summary>
    /// <exception cref="GatewayConfigurationException">There is no such folder.</exception>
    public static void Require(GatewayOptions options)
    {
        if (options.StatePath is { } path && !Directory.Exists(System.IO.Path.GetDirectoryName(path)))
        {
            throw new GatewayConfigurationException(
                [$"{GatewayOptions.Section}:StatePath is \"{path}\", which cannot be used: there is no such folder; the file itself need not be there."]);
        }
    }

    /// <summary>What tells one state of the file from the next without reading it; null where there is none.</summary>
    public (DateTime Written, long Length)? Stamp() => new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;

    /// <summary>Reads the orders; none where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file does not hold what <see cref="Write"/> writes.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public IReadOnlyDictionary<string, BackendOrder> Read()
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > LargestBytes)
                throw new InvalidDataException($"it is larger than {LargestBytes} bytes");
            Content content = JsonSerializer.Deserialize<Content>(file, _json) ?? throw new InvalidDataException("it holds nothing");
            if (content.Backends.Values.Contains(null!))
                throw new InvalidDataException("an order is null");
            return content.Version == Version
                ? new Dictionary<string, BackendOrder>(content.Backends, StringComparer.OrdinalIgnoreCase)
                : throw new InvalidDataException($"it is of version {content.Version}, and this gateway reads version {Version}");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Dictionary<string, BackendOrder>(StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
    }

    /// <summary>Puts the orders in place of what was there. A crash leaves the one or the other.</summary>
    /// <exception cref="IOException">It cannot be written, and is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, and is as it was.</exception>
    public void Write(IReadOnlyDictionary<string, BackendOrder> orders)
    {
        string partial = path + ".partial";
        File.Delete(partial);
        try
        {
            using (FileStream file = new(partial, ForOwner(FileMode.CreateNew, FileAccess.Write, FileShare.None)))
            {
                SortedDictionary<string, BackendOrder> sorted = new(orders.ToDictionary(), StringComparer.Ordinal);
                JsonSerializer.Serialize(file, new Content(Version, sorted), _json);

                // Before the name points at it: else a host that loses power may be left with a name and nothing behind it.
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Puts a file that cannot be read out of the way, where a person can look at it. Returns where.</summary>
    /// <exception cref="IOException">It cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be moved.</exception>
    public string SetAside()
    {
        string aside = $"{path}.unreadable-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        File.Move(path, aside, overwrite: true);
        return aside;
    }

    /// <summary>Returns when no other process changes the file, and keeps it so until disposed. The kernel lets go of it with the process.</summary>
    /// <exception cref="IOException">Another process has held it for too long, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                // FileShare.None is an exclusive flock(2). Not on the file itself: a rename puts another in its place.
                return new FileStream(path + ".lock", ForOwner(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException exception) when (exception.HResult == HeldByAnother && time.GetElapsedTime(start) < _lockTimeout)
            {
                await Task.Delay(_lockStep, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static FileStreamOptions ForOwner(FileMode mode, FileAccess access, FileShare share)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private sealed record Content(int Version, IReadOnlyDictionary<string, BackendOrder> Backends);
}
