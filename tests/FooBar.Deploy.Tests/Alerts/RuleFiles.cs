using FooBar.Testing;

namespace FooBar.Deploy.Tests.Alerts;

/// <summary>The rule files as they are deployed, and their unit tests.</summary>
internal static class RuleFiles
{
    public static string[] Rules { get; } = Of("deploy/roles/collector/files/rules");

    public static string[] Tests { get; } = Of("tests/FooBar.Deploy.Tests/Rules");

    private static string[] Of(string folder)
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(RepositoryRoot.Path, folder), "*.yml").Order(StringComparer.Ordinal)];
        Assert.True(files.Length > 0, $"There is no rule file in {folder}.");
        return files;
    }
}
