using FooBar.AppHost.Testing;

namespace FooBar.AppHost.Tests.Testing;

/// <summary>The lines are those of xUnit.net 3.2.2's JSON reporter, with the unread properties left out.</summary>
public sealed class TestReportTests : IDisposable
{
    private const string Starting = """{"$type":"test-assembly-starting","AssemblyUniqueID":"a","AssemblyName":"sample","Seed":458188318,"TargetFramework":".NETCoreApp,Version=v10.0"}""";
    private const string Finished = """{"$type":"test-assembly-finished","AssemblyUniqueID":"a","ExecutionTime":0.3,"TestsFailed":0,"TestsNotRun":0,"TestsSkipped":0,"TestsTotal":1}""";
    private const string GoodStarts = """{"$type":"test-starting","AssemblyUniqueID":"a","TestUniqueID":"t1","Explicit":false,"TestDisplayName":"A.Good","Timeout":0}""";
    private const string GoodPassed = """{"$type":"test-passed","AssemblyUniqueID":"a","TestUniqueID":"t1","ExecutionTime":0.0293834}""";
    private const string BadStarts = """{"$type":"test-starting","AssemblyUniqueID":"a","TestUniqueID":"t2","Explicit":false,"TestDisplayName":"A.Bad(value: \"ü\")","Timeout":0}""";
    private const string BadFailed = """{"$type":"test-failed","AssemblyUniqueID":"a","TestUniqueID":"t2","ExecutionTime":1.25,"Output":"what it said\n","Cause":"Assertion","ExceptionParentIndices":[-1],"ExceptionTypes":["Xunit.Sdk.EqualException"],"Messages":["Assert.Equal() Failure\nExpected: 1\nActual:   2"],"StackTraces":["   at A.Bad() in /T.cs:line 3"]}""";
    private const string SkippedStarts = """{"$type":"test-starting","AssemblyUniqueID":"a","TestUniqueID":"t3","Explicit":false,"TestDisplayName":"A.Skipped","Timeout":0}""";
    private const string Skipped = """{"$type":"test-skipped","AssemblyUniqueID":"a","TestUniqueID":"t3","ExecutionTime":0,"Reason":"later"}""";
    private const string NotRun = """{"$type":"test-not-run","AssemblyUniqueID":"a","TestUniqueID":"t3","ExecutionTime":0}""";

    private readonly TestTotals _totals = new();
    private readonly StringWriter _output = new();
    private readonly TestReport _report;

    public TestReportTests() => _report = new TestReport("driver", _totals, _output);

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Report_OfAWholeRun_CountsAndShowsWhatHappened()
    {
        Take(Starting, GoodStarts, BadStarts, GoodPassed, BadFailed, SkippedStarts, Skipped, Finished);
        _report.End(1);

        Assert.Equal(
            """
              seed 458188318
              ok      A.Good (0.03 s)
              FAILED  A.Bad(value: "ü") (1.25 s)
                      Assert.Equal() Failure
                      Expected: 1
                      Actual:   2
                         at A.Bad() in /T.cs:line 3
                      what it said
              SKIPPED A.Skipped (0.00 s)
                      later

            """,
            _output.ToString());
        Assert.Equal((1, 1, 1), (_totals.Passed, _totals.Failed, _totals.Skipped));
        Assert.Equal(["driver: A.Bad(value: \"ü\")"], _totals.Failures);
    }

    [Fact]
    public void Message_WithEscapesOfATerminal_IsCountedAndShownLikeEveryOther()
    {
        Take(BadStarts, BadFailed.Replace("Expected: 1", "Expected: \x1b[1m1\x1b[0m", StringComparison.Ordinal));

        Assert.Contains("          Expected: \x1b[1m1\x1b[0m\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _totals.Failed);
    }

    [Fact]
    public void Report_OfAGoodRun_AddsToTheSuitesBefore()
    {
        _totals.Passed = 5;
        Take(Starting, GoodStarts, GoodPassed, Finished);
        _report.End(0);

        Assert.Equal((6, 0, 0), (_totals.Passed, _totals.Failed, _totals.Skipped));
    }

    [Fact]
    public void Output_OfAPassedTest_IsShown()
    {
        Take(GoodStarts, """{"$type":"test-passed","TestUniqueID":"t1","ExecutionTime":0.5,"Output":"seed 12\nround 3\n"}""");

        Assert.Equal(
            """
              ok      A.Good (0.50 s)
                      seed 12
                      round 3

            """,
            _output.ToString());
    }

    [Fact]
    public void Line_ThatIsNotTheReporters_IsShownAsItIs()
    {
        Take("Hello from the code under test", "{\"timestamp\":\"2026-01-01T00:00:00Z\"}", string.Empty);

        Assert.Equal("Hello from the code under test\n{\"timestamp\":\"2026-01-01T00:00:00Z\"}\n\n", _output.ToString());
    }

    [Fact]
    public void Line_OfFigures_IsShownAndCollected()
    {
        Take(Starting, GoodStarts, "evidence: cancelled | 2,000 times", "evidence: of what", "no evidence: a | b", GoodPassed, Finished);

        Assert.Equal([("cancelled", "2,000 times")], _totals.Evidence);
        Assert.Contains("\nevidence: cancelled | 2,000 times\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EvidencePage_HasWhenWhereAndOneRowATest()
    {
        string page = EvidencePage.Format(
            "driver", "2 passed, 0 failed, 0 skipped in 0:12:30 h with seed 7", "Debian, 2 cores", new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), [("a", "1"), ("b", "2")]);

        Assert.Equal(
            """
            # Evidence: `./foobar test driver --thorough`

            2026-05-01: 2 passed, 0 failed, 0 skipped in 0:12:30 h with seed 7.

            Debian, 2 cores.

            The run writes this page.

            | what | measured |
            |---|---|
            | a | 1 |
            | b | 2 |

            """,
            page);
        Assert.Matches(@"^.+, \d+ cores \(.+\), [\d.]+ GB; load [\d.]+ at the start; \.NET 10.+, MySQL 9\.7\.4$", EvidencePage.Machine("9.7.4"));
    }

    [Theory]
    [InlineData("error")]
    [InlineData("test-assembly-cleanup-failure")]
    [InlineData("test-collection-cleanup-failure")]
    [InlineData("test-class-cleanup-failure")]
    [InlineData("test-method-cleanup-failure")]
    [InlineData("test-case-cleanup-failure")]
    [InlineData("test-cleanup-failure")]
    public void Failure_OutsideOfATest_CountsAsFailed(string type)
    {
        Take(Starting, GoodStarts, GoodPassed, $$"""{"$type":"{{type}}","ExceptionParentIndices":[-1,0],"Messages":["Class fixture type 'F' threw in Dispose","fixture broke"],"StackTraces":["   at Xunit.v3","   at F.Dispose()"]}""", Finished);
        _report.End(1);

        Assert.Equal((1, 1), (_totals.Passed, _totals.Failed));
        Assert.Equal([$"driver: {type}"], _totals.Failures);
        Assert.Contains("fixture broke", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void End_OfAProcessThatDied_CountsAsFailedAndNamesWhatWasRunning()
    {
        Take(Starting, GoodStarts, BadStarts, GoodPassed);
        _report.End(139);

        Assert.Equal((1, 1), (_totals.Passed, _totals.Failed));
        Assert.Equal(["driver: process ended early with exit code 139"], _totals.Failures);
        Assert.EndsWith(
            """
              was running: A.Bad(value: "ü")
              FAILED  the test process ended early, with exit code 139

            """,
            _output.ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"$type\":\"test-passed\",\"AssemblyUn")]
    [InlineData("{\"$type\":")]
    public void End_OfAProcessThatDiedInTheMiddleOfALine_CountsAsFailed(string torn)
    {
        Take(Starting, GoodStarts, torn);
        _report.End(137);

        Assert.Equal(["driver: process ended early with exit code 137"], _totals.Failures);
        Assert.Contains(torn, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Message_BehindTheLastTest_IsShown()
    {
        const string Message = """{"$type":"diagnostic-message","Message":"threads are left"}""";
        Take(Starting, Message, GoodStarts, GoodPassed, Finished, Message);
        _report.End(2);

        Assert.EndsWith(
            "          threads are left\n  FAILED  the test process failed after its last test, with exit code 2\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, _output.ToString().Split("threads are left").Length);
    }

    [Fact]
    public void End_OfAProcessThatFailedAfterItsLastTest_CountsAsFailed()
    {
        Take(Starting, GoodStarts, GoodPassed, Finished);
        _report.End(134);

        Assert.Equal((1, 1), (_totals.Passed, _totals.Failed));
        Assert.Equal(["driver: process failed after its last test with exit code 134"], _totals.Failures);
        Assert.EndsWith("  FAILED  the test process failed after its last test, with exit code 134\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void End_OfAProcessThatSaidNothing_CountsAsFailed()
    {
        _report.End(0);

        Assert.Equal(["driver: process ended early with exit code 0"], _totals.Failures);
    }

    [Fact]
    public void End_OfARunWithoutATest_CountsAsFailed()
    {
        Take(Starting, Finished);
        _report.End(0);

        Assert.Equal(1, _totals.Failed);
        Assert.Equal(["driver: no test ran"], _totals.Failures);
    }

    [Fact]
    public void End_OfARunThatLeftOutEveryTest_CountsAsFailed()
    {
        Take(Starting, SkippedStarts, NotRun, Finished);
        _report.End(0);

        Assert.Equal(["driver: no test ran"], _totals.Failures);
    }

    private void Take(params string[] lines)
    {
        foreach (string line in lines)
        {
            _report.Take(line);
        }
    }
}
