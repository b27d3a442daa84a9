using System.Text.Json;
using System.Text.RegularExpressions;

namespace FooBar.Load.Tests.Scripts;

public sealed partial class LoadScriptsTests(LoadScripts scripts) : IClassFixture<LoadScripts>
{
    public static TheoryData<string> Scenarios => [.. Directory.GetFiles(LoadScripts.Source, "*.ts").Select(Path.GetFileName).Where(name => name != "journeys.ts").Select(name => name!)];

    [Fact]
    public async Task Scripts_AreOfTheRightTypes()
    {
        (int exitCode, string output) = await scripts.CheckAsync();

        Assert.True(exitCode == 0, output);
        Assert.Empty(output.Trim());
    }

    [Theory]
    [InlineData("smoke.ts", "thresholds:", "treshholds:", "'treshholds' does not exist in type 'Options'")]
    [InlineData("spike.ts", "startRate: 20", "startRate: \"20\"", "Type 'string' is not assignable to type 'number'")]
    [InlineData("failover.ts", "post(15)", "post(\"15\")", "Argument of type 'string' is not assignable to parameter of type 'number'")]
    [InlineData("journeys.ts", "redirects: 0", "redirect: 0", "'redirect' does not exist in type")]
    public async Task Script_WithAMistake_IsRefused(string script, string right, string wrong, string expected)
    {
        string file = Path.Combine(scripts.Folder, script);
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(right, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        try
        {
            (int exitCode, string output) = await scripts.CheckAsync();

            Assert.NotEqual(0, exitCode);
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What the types do not know: k6 finds the function of a scenario by its name, and a threshold that is missing is never crossed.</summary>
    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Scenario_RunsFunctionsThatAreThereAndHasItsThresholds(string script)
    {
        string text = File.ReadAllText(Path.Combine(LoadScripts.Source, script));
        string[] run = [.. Exec().Matches(text).Select(match => match.Groups[1].Value)];

        Assert.Equal(["reads", "posts"], run);
        Assert.All(run, name => Assert.Contains($"export function {name}(): void", text, StringComparison.Ordinal));
        Assert.Equal(2, Executor().Count(text));
        string thresholds = text[text.IndexOf("thresholds:", StringComparison.Ordinal)..];
        Assert.All((string[])["http_req_failed", "http_req_duration", "p(95)<", "p(99)<", "checks", "dropped_iterations"], name => Assert.Contains(name, thresholds, StringComparison.Ordinal));
        Assert.DoesNotContain("insecureSkipTLSVerify", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LockFile_PinsEveryPackageAndNamesNoRegistry()
    {
        string folder = LoadScripts.Source;
        string text = await File.ReadAllTextAsync(Path.Combine(folder, "package-lock.json"), TestContext.Current.CancellationToken);
        using JsonDocument lockFile = JsonDocument.Parse(text);
        JsonProperty[] packages = [.. lockFile.RootElement.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0)];

        Assert.True(packages.Length >= 3, "The lock file names hardly any package.");
        Assert.All(packages, package => Assert.StartsWith("sha512-", package.Value.GetProperty("integrity").GetString(), StringComparison.Ordinal));
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);

        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "package.json"), TestContext.Current.CancellationToken));
        Assert.All(manifest.RootElement.GetProperty("devDependencies").EnumerateObject(), package => Assert.Matches(@"^\d+\.\d+\.\d+$", package.Value.GetString()));
    }

    [GeneratedRegex("exec: \"([^\"]*)\"")]
    private static partial Regex Exec();

    [GeneratedRegex("executor: \"(constant|ramping)-arrival-rate\"")]
    private static partial Regex Executor();
}
