namespace FooBar.Lab.Tests.Support;

public sealed class PromqlSelectorsTests
{
    [Theory]
    [InlineData("up == 0", "up")]
    [InlineData("sum by (job) (rate(a_total{code=~\"5..\"}[5m])) > 0.1", "a_total{code=~\"5..\"}")]
    [InlineData("sum(rate(a_total[5m])) by (job) / on (job) group_left (x) b", "a_total|b")]
    [InlineData("absent(up{job=\"gateway\"}) or vector(1)", "up{job=\"gateway\"}")]
    [InlineData("predict_linear(free{mount=\"/a}b\"}[6h], 4 * 3600) < 0 and free > 1e9", "free{mount=\"/a}b\"}|free")]
    [InlineData("job:errors:ratio5m offset 5m > bool 0.5", "job:errors:ratio5m")]
    [InlineData("{job=\"x\"} unless on (instance) y", "{job=\"x\"}|y")]
    public void Selectors_OfAnExpression_AreFound(string expression, string selectors) => Assert.Equal(selectors.Split('|'), PromqlSelectors.Of(expression));
}
