using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Tracing;

public sealed class TraceContextTests
{
    private const string RequestId = "019ac1d47e1b7cc2a3ce929d80000000";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(Parent)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff")]
    [InlineData("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what comes later")]
    public void Trace_ThatTheCallerNames_GoesOn(string parent)
    {
        TraceContext trace = Begin(0, ("traceparent", [parent]), ("tracestate", ["a=1", "b=2"]));

        Assert.Equal((TraceId, "a3ce929d80000000", false, "a=1,b=2"), (trace.TraceId, trace.SpanId.ToString(), trace.IsSampled, trace.State));
        Assert.Equal("00-4bf92f3577b34da6a3ce929d0e0e4736-a3ce929d80000000-00", trace.ToParent());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more")]
    [InlineData("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01")]
    [InlineData("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x")]
    public void Trace_ThatCannotBeRead_IsANewOne_WithoutItsState(string parent)
    {
        TraceContext trace = Begin(0, ("traceparent", [parent]), ("tracestate", ["a=1"]));

        Assert.Equal((RequestId, null), (trace.TraceId, trace.State));
        Assert.Equal($"00-{RequestId}-a3ce929d80000000-00", trace.ToParent());
    }

    [Fact]
    public void Trace_ThatIsNamedTwice_IsANewOne() => Assert.Equal(RequestId, Begin(0, ("traceparent", [Parent, Parent])).TraceId);

    [Fact]
    public void State_ThatIsTooLong_GoesNoFurther()
    {
        Assert.NotNull(Begin(0, ("traceparent", [Parent]), ("tracestate", [new string('a', 512)])).State);
        Assert.Null(Begin(0, ("traceparent", [Parent]), ("tracestate", [new string('a', 513)])).State);
    }

    /// <summary>The id's last eight digits say 0.5 here.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0.5, false)]
    [InlineData(0.500001, true)]
    [InlineData(1, true)]
    public void Share_ThatIsRecorded_IsByTheRequestsId_WhateverTheCallerWants(double ratio, bool sampled)
    {
        Assert.Equal(sampled, Begin(ratio).IsSampled);
        TraceContext named = Begin(ratio, ("traceparent", [Parent]));
        Assert.Equal(sampled, named.IsSampled);
        Assert.EndsWith(sampled ? "-01" : "-00", named.ToParent(), StringComparison.Ordinal);
    }

    private static TraceContext Begin(double ratio, params IEnumerable<(string Name, string[] Values)> fields)
    {
        HeaderDictionary headers = [];
        foreach ((string name, string[] values) in fields)
            headers[name] = values;
        return TraceContext.Begin(headers, RequestId, ratio);
    }
}
