using System.Data.Common;
using FooBar.Web.Errors;
using Microsoft.AspNetCore.Http;

namespace FooBar.Web.Tests.Errors;

public sealed class FailureStatusTests
{
    public static TheoryData<Exception, int> Failures => new()
    {
        { new BadHttpRequestException("too large", 413), 413 },
        { new InvalidDataException("broken form"), 400 },
        { new TimeoutException(), 503 },
        { new Failure(isTransient: true), 503 },
        { new Failure(isTransient: false), 500 },
        { new InvalidOperationException(), 500 },
        { new OperationCanceledException(), 500 },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Of_Exception_WhatItMeansToTheVisitor(Exception failure, int status) => Assert.Equal(status, FailureStatus.Of(failure));

    private sealed class Failure(bool isTransient) : DbException("failed")
    {
        public override bool IsTransient => isTransient;
    }
}
