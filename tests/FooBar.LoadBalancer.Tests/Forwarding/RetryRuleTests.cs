using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Forwarding;

public sealed class RetryRuleTests
{
    public static IEnumerable<TheoryDataRow<string, bool, bool, string?>> Cases =>
    [
        new("BackendConnectFailed", false, false, "ConnectFailed"),
        new("BackendConnectFailed", true, false, "ConnectFailed"),
        new("BackendFailed", false, false, null),
        new("BackendFailed", true, false, "BackendFailed"),
        new("BackendCutResponse", false, false, null),
        new("BackendCutResponse", true, false, "CutResponse"),
        new("BackendTimedOut", true, false, null),
        new("BackendTimedOut", false, true, null),
        new("BackendTimedOut", true, true, "BackendDown"),
        .. Enum.GetNames<Outcome>()
            .Except(["BackendConnectFailed", "BackendFailed", "BackendCutResponse", "BackendTimedOut"])
            .Select(outcome => new TheoryDataRow<string, bool, bool, string?>(outcome, true, true, null)),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reason_ByOutcome_NeedsABackendThatHasNotDoneTheWorkOrMayDoItTwice(string outcome, bool repeatable, bool released, string? expected)
    {
        Outcome ended = Enum.Parse<Outcome>(outcome);

        Assert.Equal(expected, RetryRule.Reason(ended, repeatable, released, bodyLost: false, answerBegun: false)?.ToString());
        Assert.Null(RetryRule.Reason(ended, repeatable, released, bodyLost: true, answerBegun: false));
        Assert.Null(RetryRule.Reason(ended, repeatable, released, bodyLost: false, answerBegun: true));
    }

    [Theory]
    [InlineData("GET", false, true)]
    [InlineData("HEAD", false, true)]
    [InlineData("OPTIONS", false, true)]
    [InlineData("get", false, true)]
    [InlineData("POST", false, false)]
    [InlineData("PUT", false, false)]
    [InlineData("DELETE", false, false)]
    [InlineData("POST", true, true)]
    [InlineData("POST", true, false, "")]
    [InlineData("POST", true, false, "1", "1")]
    public void Request_IsRepeatable_ByItsMethodOrItsKey(string method, bool key, bool expected, params string[] keys)
    {
        DefaultHttpContext context = Fakes.Request("https://www.foobar.com/", method);
        if (key)
            context.Request.Headers[RetryRule.KeyHeader] = keys.Length > 0 ? keys : ["1"];

        Assert.Equal(expected, RetryRule.IsRepeatable(context.Request, null));
    }

    [Fact]
    public void EveryName_IsOfItsOwn()
    {
        Assert.Equal(Enum.GetValues<RetryReason>().Length, Enum.GetValues<RetryReason>().Select(reason => reason.Text()).Distinct().Count());
        Assert.Equal(Enum.GetValues<RetryVerdict>().Length, Enum.GetValues<RetryVerdict>().Select(verdict => verdict.Text()).Distinct().Count());
    }
}
