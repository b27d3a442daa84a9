namespace FooBar.Testing;

/// <summary>The checkout that the tests were built from.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder of FooBar.sln.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "FooBar.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No FooBar.sln above {AppContext.BaseDirectory}.");
    }
}
