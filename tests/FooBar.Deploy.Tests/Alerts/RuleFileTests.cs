namespace FooBar.Deploy.Tests.Alerts;

/// <summary>Prometheus' own verdict on the rule files, and their unit tests.</summary>
public class RuleFileTests
{
    [Fact]
    public async Task Rules_PassPromtool()
    {
        (int exitCode, string output) = await Tools.PromtoolAsync(["check", "rules", "--lint=all", "--lint-fatal", .. RuleFiles.Rules]);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Rules_PassTheirUnitTests()
    {
        (int exitCode, string output) = await Tools.PromtoolAsync(["test", "rules", .. RuleFiles.Tests]);
        Assert.True(exitCode == 0, output);
    }

    /// <summary>A rule file that no unit test loads would be tested by nothing.</summary>
    [Fact]
    public void RuleFiles_HaveEachAUnitTestOfItsName() =>
        Assert.Equal(RuleFiles.Rules.Select(Path.GetFileName), RuleFiles.Tests.Select(Path.GetFileName));
}
