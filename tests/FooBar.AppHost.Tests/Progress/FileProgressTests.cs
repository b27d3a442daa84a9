using System.Text;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Tests.Progress;

public sealed class FileProgressTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordedProgress _followed = new();

    private string File => _folder["progress.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Follow_OfEventsAsTheyCome_HandsEachOnOnce()
    {
        FileProgress writer = new(File);
        writer.Report(new ProgressEvent("MySQL", null, "läuft"));
        long position = FileProgress.Follow(File, 0, _followed);
        writer.Report(new ProgressEvent("MySQL", 0.5, "半分 🐬"));
        writer.Report(new ProgressEvent("MySQL", 1, "done\nwith a line break"));
        position = FileProgress.Follow(File, position, _followed);

        Assert.Equal(
            [new ProgressEvent("MySQL", null, "läuft"), new ProgressEvent("MySQL", 0.5, "半分 🐬"), new ProgressEvent("MySQL", 1, "done\nwith a line break")],
            _followed.Events);
        Assert.Equal(new FileInfo(File).Length, position);
    }

    [Fact]
    public void Follow_OfALineThatIsHalfWritten_WaitsForTheRestOfIt()
    {
        // The bytes end in the middle of a character, as a write that was cut may.
        byte[] line = Encoding.UTF8.GetBytes("""{"Step":"Größe","Fraction":0.5,"Detail":"zwölf 🐬"}""" + "\n");
        byte[] whole = [.. Encoding.UTF8.GetBytes("""{"Step":"first","Fraction":null,"Detail":"ä"}""" + "\n"), .. line];
        int first = whole.Length - line.Length;
        for (int cut = first; cut < whole.Length; cut++)
        {
            RecordedProgress followed = new();
            System.IO.File.WriteAllBytes(File, whole[..cut]);
            long position = FileProgress.Follow(File, 0, followed);
            Assert.Equal(first, position);
            Assert.Equal([new ProgressEvent("first", null, "ä")], followed.Events);

            System.IO.File.WriteAllBytes(File, whole);
            position = FileProgress.Follow(File, position, followed);
            Assert.Equal(whole.Length, position);
            Assert.Equal(new ProgressEvent("Größe", 0.5, "zwölf 🐬"), followed.Events[^1]);
        }
    }

    [Fact]
    public void Follow_OfAFileThatIsNotThereYet_WaitsForIt()
    {
        Assert.Equal(0, FileProgress.Follow(File, 0, _followed));
        Assert.Empty(_followed.Events);
    }

    [Fact]
    public void Progress_OfANewStart_BeginsAnew()
    {
        new FileProgress(File).Report(new ProgressEvent("MySQL", 1, "of the start before"));

        new FileProgress(File).Report(new ProgressEvent("MySQL", null, "of this start"));

        FileProgress.Follow(File, 0, _followed);
        Assert.Equal([new ProgressEvent("MySQL", null, "of this start")], _followed.Events);
    }

    [Fact]
    public void Report_FromManyThreads_LosesNothing()
    {
        FileProgress writer = new(File);

        Parallel.For(0, 200, number => writer.Report(new ProgressEvent("step", null, $"{number}")));

        FileProgress.Follow(File, 0, _followed);
        Assert.Equal(Enumerable.Range(0, 200).Select(number => $"{number}").Order(), _followed.Events.Select(news => news.Detail).Order());
    }
}
