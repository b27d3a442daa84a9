using System.Globalization;

namespace FooBar.AppHost.State;

/// <summary>
/// The one folder that holds everything a stack has: downloads, certificates, secrets, data, logs. Paths only; creates nothing by itself
/// but in <see cref="Create"/>. Readable by its owner alone, except what root's unprivileged database servers must reach.
/// </summary>
internal sealed class StateFolder(string path)
{
    /// <summary>The layout's version, written into the folder; another version is refused rather than guessed at.</summary>
    public const int Version = 1;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OwnerAndPassersBy = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Downloaded programs; may be shared between stacks by <c>FOOBAR_TOOLS</c>.</summary>
    public string Tools => Environment.GetEnvironmentVariable("FOOBAR_TOOLS") is { Length: > 0 } shared ? shared : OwnTools;

    /// <summary>Where the downloaded programs lie when they are not shared; removed with the folder.</summary>
    public string OwnTools => In("tools");

    public string Certificates => In("certs");

    public string CaCertificate => System.IO.Path.Combine(Certificates, "ca.crt");

    public string Secrets => In("secrets");

    public string Logs => In("logs");

    public string Run => In("run");

    public string Prometheus => In("prometheus");

    public string Gateway => In("gateway");

    /// <summary>What the running supervisor says of itself: its process id, the addresses, the children.</summary>
    public string RuntimeFile => System.IO.Path.Combine(Run, "stack.json");

    public string LockFile => System.IO.Path.Combine(Run, "lock");

    public string ProgressFile => System.IO.Path.Combine(Run, "progress.jsonl");

    public bool Exists => Directory.Exists(Path);

    /// <summary>Whether a database was ever made here.</summary>
    /// <exception cref="FoobarException">The folder is another user's.</exception>
    public bool HasDatabases
    {
        get
        {
            try
            {
                return Exists && Directory.EnumerateDirectories(Path, "db-*").Any(member => Directory.Exists(System.IO.Path.Combine(member, "data")));
            }
            catch (UnauthorizedAccessException exception)
            {
                throw CannotBeWritten(exception);
            }
        }
    }

    private string VersionFile => In("version");

    public string Member(int number) => In($"db-{number.ToString(CultureInfo.InvariantCulture)}");

    public string Log(string process) => System.IO.Path.Combine(Logs, process + ".log");

    /// <summary>Creates the folder, or checks that an existing one is ours and of this version.</summary>
    /// <exception cref="FoobarException">The folder holds something else, is of another version, or cannot be written.</exception>
    public void Create()
    {
        try
        {
            if (Directory.Exists(Path) && !File.Exists(VersionFile) && Directory.EnumerateFileSystemEntries(Path).Any(entry => entry != VersionFile + PrivateFile.Partial))
            {
                throw new FoobarException($"{Path} is not empty and not a state folder of foobar. Give another one with --state.");
            }

            bool databaseIsAnotherUser = Processes.UnprivilegedUser.ForDatabase is not null;
            Make(Path, databaseIsAnotherUser ? OwnerAndPassersBy : OwnerOnly);
            if (File.Exists(VersionFile))
            {
                CheckVersion();
            }
            else
            {
                // Whole or not at all: an empty one would be refused for ever after.
                PrivateFile.Write(VersionFile, Version.ToString(CultureInfo.InvariantCulture) + "\n");
            }

            foreach (string folder in (string[])[Certificates, Secrets, Logs, Run, Prometheus, Gateway])
            {
                Make(folder, OwnerOnly);
            }

            if (!Directory.Exists(Tools))
            {
                Make(Tools, databaseIsAnotherUser ? OwnerAndPassersBy : OwnerOnly);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotBeWritten(exception);
        }
    }

    /// <summary>The line for a folder that is read-only, say, or another user's.</summary>
    public FoobarException CannotBeWritten(Exception exception) =>
        new($"The state folder {Path} cannot be written: {exception.Message.Split('\n')[0]} Give another one with --state.", exception);

    /// <summary>Refuses a folder that is not one of ours; none at all is fine.</summary>
    /// <exception cref="FoobarException">The folder holds something else.</exception>
    public void RequireOurs()
    {
        if (Directory.Exists(Path))
        {
            // Many a project has a file named version: more is needed before a folder is removed with all that it holds.
            if (!File.Exists(VersionFile) || !int.TryParse(File.ReadAllText(VersionFile), CultureInfo.InvariantCulture, out _) || !Directory.Exists(Run))
            {
                throw new FoobarException($"{Path} is not a state folder of foobar; it was left as it is.");
            }
        }
    }

    /// <summary>Removes the folder and everything in it.</summary>
    /// <exception cref="FoobarException">The folder holds something else.</exception>
    public void Delete()
    {
        if (!Directory.Exists(Path))
        {
            return;
        }

        RequireOurs();

        // What says that it is ours goes last: a removal that was interrupted can be begun again.
        foreach (string entry in Directory.EnumerateFileSystemEntries(Path).Where(entry => entry != VersionFile && entry != Run).ToList())
        {
            if (Directory.Exists(entry) && new FileInfo(entry).LinkTarget is null)
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }

        Directory.Delete(Path, recursive: true);
    }

    /// <summary>Makes a folder, or gives the one that is there its mode; neither the umask nor the one who made it has a say.</summary>
    private static void Make(string folder, UnixFileMode mode)
    {
        Directory.CreateDirectory(folder, mode);
        if (File.GetUnixFileMode(folder) != mode)
        {
            File.SetUnixFileMode(folder, mode);
        }
    }

    private void CheckVersion()
    {
        string found = File.ReadAllText(VersionFile).Trim();
        if (!int.TryParse(found, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new FoobarException($"{VersionFile} holds no layout version, so {Path} is not a state folder of foobar, or is damaged. Give another folder with --state.");
        }

        if (found != Version.ToString(CultureInfo.InvariantCulture))
        {
            throw new FoobarException(
                $"The state folder {Path} has layout version {found}; this foobar reads version {Version}. Use the release that made it, or give another folder with --state.");
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
