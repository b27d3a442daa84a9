using System.Globalization;

namespace FooBar.Testing;

/// <summary>A disk of a few MB that a test fills and frees again; for a program that is in a namespace of its own, with which the disk ends.</summary>
public sealed class SmallDisk
{
    private const int EndOfSpace = 28;

    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>Whether a test has filled it.</summary>
    public bool IsFull { get; private set; }

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Puts an empty disk at a folder.</summary>
    internal static async Task<SmallDisk> MountAsync(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        await OwnNamespaces.RunAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "none", folder]);
        return new SmallDisk(folder);
    }

    /// <summary>Fills it to the last byte.</summary>
    public void Fill()
    {
        IsFull = true;
        byte[] zeros = new byte[64 * 1024];
        using FileStream filler = new(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        for (int size = zeros.Length; size > 0;)
        {
            try
            {
                filler.Write(zeros, 0, size);
            }
            catch (IOException full) when ((full.HResult & 0xFFFF) == EndOfSpace || full.HResult == EndOfSpace)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free()
    {
        File.Delete(Filler);
        IsFull = false;
    }

    /// <summary>Takes the disk away.</summary>
    internal Task UnmountAsync() => OwnNamespaces.RunAsync("umount", [_folder]);
}
