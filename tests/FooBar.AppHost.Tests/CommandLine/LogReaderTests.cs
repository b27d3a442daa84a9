using System.Globalization;
using System.Text;
using FooBar.AppHost.CommandLine;

namespace FooBar.AppHost.Tests.CommandLine;

public sealed class LogReaderTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, 250, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly string _log;
    private readonly LogReader _reader;

    public LogReaderTests()
    {
        _log = _folder.Write("web-1.log", string.Empty);
        _reader = new LogReader(_log);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Line_OfSerilog_IsTimeNameLevelAndMessage()
    {
        Append("""{"timestamp":"2026-03-04T12:00:00.2500000Z","level":"Warning","message":"Node db-2 is gone","service":"web-1","traceId":"4bf9"}""" + "\n");

        Assert.Equal([new LogLine(Noon, $"{Local(Noon)} web-1      WAR Node db-2 is gone")], _reader.ReadNew());
    }

    [Fact]
    public void Exception_OfSerilog_FollowsItsMessage()
    {
        Append("""{"timestamp":"2026-03-04T12:00:00.2500000Z","level":"Error","message":"It failed","exception":"System.Exception: why\n   at Program"}""" + "\n");

        Assert.Equal($"{Local(Noon)} web-1      ERR It failed\nSystem.Exception: why\n   at Program", Assert.Single(_reader.ReadNew()).Text);
    }

    [Fact]
    public void Time_WithAnotherOffset_IsTheSameMoment()
    {
        Append("""{"timestamp":"2026-03-04T14:00:00.2500000+02:00","level":"Information","message":"m"}""" + "\n");

        Assert.Equal(Noon, Assert.Single(_reader.ReadNew()).Time);
    }

    [Fact]
    public void Line_OfMySql_KeepsItsWordsAndGivesItsTime()
    {
        Append("2026-03-04T12:00:00.250000Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.\n");

        Assert.Equal([new LogLine(Noon, $"{Local(Noon)} web-1      0 [Warning] [MY-010068] [Server] CA certificate is self signed.")], _reader.ReadNew());
    }

    [Theory]
    [InlineData("ts=2026-03-04T12:00:00.250Z caller=main.go:551 level=info msg=\"Starting\"", "caller=main.go:551 level=info msg=\"Starting\"")]
    [InlineData("time=2026-03-04T12:00:00.250Z level=INFO source=main.go:640 msg=\"Starting\"", "level=INFO source=main.go:640 msg=\"Starting\"")] // Since version 3.
    public void Line_OfPrometheus_KeepsItsWordsAndGivesItsTime(string line, string expected)
    {
        Append(line + "\n");

        Assert.Equal([new LogLine(Noon, $"{Local(Noon)} web-1      {expected}")], _reader.ReadNew());
    }

    [Fact]
    public void Line_OfAnythingElse_FollowsTheLineBeforeIt()
    {
        Append("2026-03-04T12:00:00.250000Z 0 [System] start\nUnhandled exception. why\n   at Program\n{ not JSON\n{\"other\":1}\n");

        IReadOnlyList<LogLine> lines = _reader.ReadNew();

        Assert.All(lines, line => Assert.Equal(Noon, line.Time));
        Assert.Equal(["0 [System] start", "Unhandled exception. why", "   at Program", "{ not JSON", " {\"other\":1}"], lines.Select(line => line.Text[$"{Local(Noon)} web-1      ".Length..]));
    }

    [Fact]
    public void Line_ThatIsHalfWritten_WaitsForTheRestOfIt()
    {
        byte[] whole = Encoding.UTF8.GetBytes("""{"timestamp":"2026-03-04T12:00:00.2500000Z","level":"Information","message":"größer 🐬"}""" + "\n");
        using FileStream writer = new(_log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        foreach (byte part in whole[..^1])
        {
            writer.WriteByte(part);
            writer.Flush();
            Assert.Empty(_reader.ReadNew());
        }

        writer.WriteByte(whole[^1]);
        writer.Flush();

        Assert.Equal($"{Local(Noon)} web-1      INF größer 🐬", Assert.Single(_reader.ReadNew()).Text);
    }

    [Fact]
    public void Lines_AreReadOnce()
    {
        Append("one\n");
        Assert.Single(_reader.ReadNew());
        Assert.Empty(_reader.ReadNew());
        Append("two\nthree\n");

        Assert.Equal(["two", "three"], _reader.ReadNew().Select(line => line.Text.Split(' ')[^1]));
    }

    [Fact]
    public void File_ThatWasTruncated_IsReadFromItsStart()
    {
        Append("one\ntwo\nthree\n");
        _reader.ReadNew();
        File.WriteAllText(_log, "four\n");

        Assert.Equal(["four"], _reader.ReadNew().Select(line => line.Text.Split(' ')[^1]));
    }

    [Fact]
    public void File_ThatWasTruncatedInTheMiddleOfALine_IsReadFromItsStart()
    {
        Append("one\nhalf a line ä");
        _reader.ReadNew();
        File.WriteAllText(_log, "four\n");

        Assert.Equal([$"{Local(default)} web-1      four"], _reader.ReadNew().Select(line => line.Text));
    }

    [Fact]
    public void File_ThatIsNotThereForAMoment_IsReadWhenItIsBack()
    {
        Append("one\n");
        _reader.ReadNew();
        File.Move(_log, _log + ".1");
        Assert.Empty(_reader.ReadNew());
        File.WriteAllText(_log, "a longer line than the one before\n");

        Assert.Equal([$"{Local(default)} web-1      a longer line than the one before"], _reader.ReadNew().Select(line => line.Text));
    }

    [Fact]
    public void File_OfMoreThanFourMegabytes_IsReadFromAWholeLine()
    {
        Append(string.Concat(Enumerable.Range(0, 500_000).Select(number => $"line {number:000000}\n")));

        IReadOnlyList<LogLine> lines = _reader.ReadNew();

        Assert.InRange(lines.Count, 100_000, 499_999);
        Assert.Equal(Enumerable.Range(500_000 - lines.Count, lines.Count).Select(number => $"line {number:000000}"), lines.Select(line => line.Text[^"line 000000".Length..]));
    }

    [Theory]
    [InlineData("""{"timestamp":17,"level":"Information","message":"m"}""", "INF m")]
    [InlineData("""{"timestamp":null,"level":null,"message":null}""", """ {"timestamp":null,"level":null,"message":null}""")]
    [InlineData("""{"timestamp":"yesterday","level":3,"message":{"a":1}}""", """3 {"a":1}""")]
    [InlineData("""{"log":"access","method":"GET","path":"/posts/4","status":200,"duration_ms":4.5,"backend":"web-1","client":"127.0.0.1"}""", "GET /posts/4 200 4.5 ms, web-1, 127.0.0.1")]
    public void Line_OfOtherJson_IsShownAsWellAsItGoes(string line, string expected)
    {
        Append(line + "\n");

        Assert.Equal($"{Local(default)} web-1      {expected}", Assert.Single(_reader.ReadNew()).Text);
    }

    [Fact]
    public void Line_WithTerminalCommands_CannotGiveAny()
    {
        // What a visitor sent as the name of a browser: clears the screen and sets the window's title.
        Append("""{"timestamp":"2026-03-04T12:00:00.2500000Z","level":"Information","message":"agent \u001b[2J\u001b]0;x\u0007 \u009b1m end","exception":"a\n\tb"}""" + "\nraw \u001b[2J\r\n");

        Assert.Equal(
            [$"{Local(Noon)} web-1      INF agent \ufffd[2J\ufffd]0;x\ufffd \ufffd1m end\na\n\tb", $"{Local(Noon)} web-1      raw \ufffd[2J"],
            _reader.ReadNew().Select(line => line.Text));
    }

    private static string Local(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private void Append(string text) => File.AppendAllText(_log, text);
}
