namespace FooBar.Browser.Tests;

/// <summary>Where pictures of the pages go: artifacts/screenshots in the repository.</summary>
internal static class Screenshots
{
    private static readonly string Folder = Path.Combine(RepositoryRoot(), "artifacts", "screenshots");

    /// <summary>The full path of the picture called <paramref name="name"/>, which may hold a subfolder.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name + ".png");

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FooBar.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException($"No FooBar.sln above '{AppContext.BaseDirectory}': run the tests from inside the repository.");
    }
}
