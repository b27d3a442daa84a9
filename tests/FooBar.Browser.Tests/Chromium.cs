namespace FooBar.Browser.Tests;

/// <summary>The browser that the tests drive, and the tool that fills its trust store.</summary>
/// <param name="Executable">Chromium, or its headless shell; a wrapper script is fine.</param>
/// <param name="Certutil">NSS's certutil. Chromium takes authorities of one's own from an NSS database only.</param>
internal sealed record Chromium(string Executable, string Certutil)
{
    /// <summary>Names the environment variable that holds the path of <see cref="Executable"/>.</summary>
    public const string Variable = "FOOBAR_CHROMIUM";

    /// <summary>Takes <see cref="Variable"/>, or what is on PATH. Certutil is looked for beside that executable first.</summary>
    /// <exception cref="InvalidOperationException">Something is missing; the message says what to do.</exception>
    public static Chromium Find(Func<string, string?> variable)
    {
        string[] path = (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string executable = variable(Variable) is { Length: > 0 } named
            ? File.Exists(named) ? named : throw new InvalidOperationException($"{Variable} is '{named}': there is no such file.")
            : FirstIn(path, "chromium-headless-shell", "chromium")
                ?? throw new InvalidOperationException(
                    $"No chromium on PATH: run ./foobar test, install the package chromium, or set {Variable} to its executable.");
        string certutil = FirstIn([Path.GetDirectoryName(Path.GetFullPath(executable))!, .. path], "certutil")
            ?? throw new InvalidOperationException(
                $"No certutil beside '{executable}' or on PATH: run ./foobar test, or install the package libnss3-tools.");
        return new Chromium(executable, certutil);
    }

    private static string? FirstIn(IEnumerable<string> folders, params string[] names) =>
        (from name in names from folder in folders select Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
