using FooBar.AppHost.Progress;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Progress;

public sealed class LineProgressTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly StringWriter _output = new();
    private readonly LineProgress _progress;

    public LineProgressTests() => _progress = new LineProgress(_output, _time);

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Step_FromItsFirstWordToItsLast_IsALineForEachChangeOfWords()
    {
        StepProgress step = new(_progress, "MySQL");
        step.Working("finding the package mirror");
        _time.Advance(TimeSpan.FromSeconds(1.25));
        step.Working("finding the package mirror");
        step.Working("reading package lists");
        _time.Advance(TimeSpan.FromSeconds(100));
        step.Done("MySQL 8.4.5");

        Assert.Equal(
            """
               0.0 s        MySQL: finding the package mirror
               1.3 s        MySQL: reading package lists
             101.3 s  done  MySQL: MySQL 8.4.5

            """,
            _output.ToString());
    }

    [Fact]
    public void Count_ThatGrows_IsOneLineAndNotHundreds()
    {
        StepProgress step = new(_progress, "MySQL");
        step.Working("reading package lists");
        for (int megabytes = 0; megabytes <= 100; megabytes++)
        {
            step.At(megabytes / 100.0, $"downloading {megabytes} of 100 MB");
        }

        step.Done("ready");

        Assert.Equal(
            """
               0.0 s        MySQL: reading package lists
               0.0 s        MySQL: downloading 0 of 100 MB
               0.0 s  done  MySQL: ready

            """,
            _output.ToString());
    }

    [Fact]
    public void Words_ThatChangeWhileTheFractionGrows_AreALineEach()
    {
        StepProgress step = new(_progress, "Database");
        step.At(0.1, "starting 3 servers");
        step.At(0.4, "finding the member with the newest data");
        step.At(0.5, "db-2 forms the group");
        step.At(0.8, "1 of 3 members online");
        step.At(0.9, "3 of 3 members online");
        step.Done("db-2 is primary, 2 replicas");

        Assert.Equal(
            """
               0.0 s        Database: starting 3 servers
               0.0 s        Database: finding the member with the newest data
               0.0 s        Database: db-2 forms the group
               0.0 s        Database: 1 of 3 members online
               0.0 s  done  Database: db-2 is primary, 2 replicas

            """,
            _output.ToString());
    }

    [Fact]
    public void Steps_SideBySide_DoNotHideEachOther()
    {
        new StepProgress(_progress, "MySQL").Working("ready");
        new StepProgress(_progress, "Prometheus").Working("ready");
        new StepProgress(_progress, "MySQL").Working("ready");

        Assert.Equal(
            """
               0.0 s        MySQL: ready
               0.0 s        Prometheus: ready

            """,
            _output.ToString());
    }

    [Fact]
    public void Done_WithTheWordsOfTheStepBefore_IsStillALine()
    {
        StepProgress step = new(_progress, "Build");
        step.Working("up to date");
        step.Done("up to date");
        step.Done("up to date");

        Assert.Equal(
            """
               0.0 s        Build: up to date
               0.0 s  done  Build: up to date

            """,
            _output.ToString());
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(1, 0.99)] // Only Done is done.
    [InlineData(7, 0.99)]
    public void At_OfAnyFraction_StaysBetweenNothingAndNearlyDone(double given, double reported)
    {
        RecordedProgress recorded = new();

        new StepProgress(recorded, "Site").At(given, "words");

        Assert.Equal([new ProgressEvent("Site", reported, "words")], recorded.Events);
    }
}
