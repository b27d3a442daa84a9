namespace FooBar.AppHost.State;

/// <summary>Writes files that their owner alone can read, whole or not at all.</summary>
internal static class PrivateFile
{
    /// <summary>What the name of a file that is not whole yet ends with.</summary>
    public const string Partial = ".partial";

    /// <summary>Writes beside the target and renames, so that a crash leaves the old content or the new, never half of it; what cannot be written leaves nothing beside it.</summary>
    public static void Write(string path, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string partial = path + Partial;
        File.Delete(partial);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode };
        try
        {
            using (StreamWriter writer = new(partial, options))
            {
                writer.Write(content);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            // A full disk, most often: half a file is of use to nobody, and takes room from what comes next.
            File.Delete(partial);
            throw;
        }
    }
}
