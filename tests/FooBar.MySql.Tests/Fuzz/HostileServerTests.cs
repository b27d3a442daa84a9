using System.Diagnostics;
using System.Globalization;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>
/// Conversations over a real socket that go wrong in every way: the outcome is an exception of the driver, in time, with the memory that
/// the server's bytes need and no more, and the same data source gives right answers behind each.
/// </summary>
public sealed class HostileServerTests
{
    private const int Rigs = 16;

    private static readonly LogIn[] InClear = [LogIn.AtOnce, LogIn.Fast, LogIn.Switch];

    [Fact]
    public async Task Conversation_SpoiledAtRandom_FailsRightlyAndPoisonsNothing()
    {
        int rounds = Catalogue.Times(40_000, 1_000_000);
        long began = Stopwatch.GetTimestamp();
        await InParallelAsync(Rigs, async (rig, recordings, worker) =>
        {
            for (int round = worker; round < rounds; round += Rigs) await SpoilAsync(rig, recordings, round);
        });
        EvidenceLine.Print("conversations spoiled at random", Figures(rounds, began));
    }

    /// <summary>The server stops behind every byte of every conversation, but for the inside of a long value: it closes, and it falls silent.</summary>
    [Fact]
    public async Task Server_ThatStopsBehindAnyByte_IsNoticedInTime()
    {
        int stops = 0;
        long began = Stopwatch.GetTimestamp();
        await InParallelAsync(Rigs, async (rig, recordings, worker) =>
        {
            int position = 0;
            int opening = (await rig.RecordAsync(Scenario.Open, fromTheGreeting: true)).Replies.Count;
            foreach (Recording recording in recordings.Where(recording => recording.FromTheGreeting))
            {
                // Opening is the same in each; once is enough.
                for (int reply = recording == recordings[0] ? 0 : opening; reply < recording.Replies.Count; reply++)
                {
                    int length = recording.Replies[reply].ToBytes().Length;
                    for (int cut = 0; cut < length; cut++, position++)
                    {
                        // Of a long value one byte is like the next.
                        bool isInside = cut > 1_000 && cut < length - 500 && length > 10_000 && cut % 1_009 > 0;
                        if (isInside || position % (Rigs / 2) != worker / 2) continue;

                        foreach (Aftermath stop in new[] { Aftermath.Close, Aftermath.Silence })
                        {
                            bool cancel = stop == Aftermath.Silence && cut % 3 == 0;
                            await rig.RunAsync(recording, reply, Damage.Cut(recording.Replies[reply], cut), stop, cancel);
                            Interlocked.Increment(ref stops);
                        }
                    }
                }
            }

            Assert.InRange(position, 5_000, int.MaxValue);
        });
        EvidenceLine.Print("servers that stop behind a byte", Figures(stops, began));
    }

    /// <summary>What never ends is ended by the time-out, with no more memory than its first packets take.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_WithoutEnd_RunsIntoTheTimeout(bool async)
    {
        await Task.Factory.StartNew(() => RunAsync().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        async Task RunAsync()
        {
            using Rig rig = new(LogIn.Fast, async);
            Recording opening = await rig.RecordAsync(Scenario.Open, fromTheGreeting: true);
            Recording skimming = await rig.RecordAsync(Scenario.Skim, fromTheGreeting: true);
            Recording abandoning = await rig.RecordAsync(Scenario.Abandon, fromTheGreeting: true);

            await EndlessAsync(opening, reply: 1, keep: 0, [1, 3]); // steps of the authentication that ask for nothing
            for (int reply = opening.Replies.Count; reply < skimming.Replies.Count; reply++)
            {
                byte[][] packets = skimming.Replies[reply].Packets;
                if (packets[^1][0] == 0xFE) await EndlessAsync(skimming, reply, packets.Length - 1, packets[^2]); // rows
                else if (packets.Length > 30) await EndlessAsync(skimming, reply, packets.Length, packets[^1]); // columns
                else await EndlessAsync(skimming, reply, packets.Length - 1, packets[^2]); // results without rows, each with another to follow
            }

            await EndlessAsync(abandoning, opening.Replies.Count, 32, abandoning.Replies[^1].Packets[31], Verdict.Anything);

            async Task EndlessAsync(Recording recording, int reply, int keep, byte[] packet, Verdict verdict = Verdict.MustFail)
            {
                Reply right = recording.Replies[reply];
                byte[] repeated = new Reply((byte)(right.FirstSequence + keep), [.. Enumerable.Repeat(packet, 256)]).ToBytes();
                Damage damage = new("without end", new Reply(right.FirstSequence, right.Packets[..keep]).ToBytes(), verdict);
                await rig.RunAsync(recording, reply, damage, Aftermath.Endless, cancel: false, repeated);
            }
        }
    }

    [Fact]
    public async Task Conversation_SpoiledWithinTls_FailsRightlyAndPoisonsNothing()
    {
        string folder = Directory.CreateTempSubdirectory("foobar-fuzz-").FullName;
        MySqlCertificates certificates = MySqlCertificates.Create(folder);
        try
        {
            await InParallelAsync(2, _ => LogIn.Full, certificates, async (rig, recordings, worker) =>
            {
                for (int round = worker; round < Catalogue.Times(300, 10_000); round += 2) await SpoilAsync(rig, recordings, round);
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Figures(int conversations, long began) => string.Create(
        CultureInfo.InvariantCulture,
        $"{conversations:N0} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: each a documented exception in time, and right answers behind it");

    private static async Task SpoilAsync(Rig rig, Recording[] recordings, int round)
    {
        Random random = new(unchecked((Catalogue.Seed * 1_000_003) + round));
        Recording recording = recordings[random.Next(recordings.Length)];
        int reply = random.Next(recording.Replies.Count);
        Damage damage = Damage.Of(recording.Replies[reply], recording.Replies, random);
        int chance = random.Next(10);
        bool isCut = damage.Name.StartsWith("cut", StringComparison.Ordinal);
        Aftermath aftermath = isCut ? (chance < 7 ? Aftermath.Close : Aftermath.Silence) : chance < 6 ? Aftermath.Close : Aftermath.GoOn;
        try
        {
            await rig.RunAsync(recording, reply, damage, aftermath, cancel: isCut && chance == 9);
        }
        catch (Exception failure)
        {
            throw new Xunit.Sdk.XunitException(
                string.Create(CultureInfo.InvariantCulture, $"FOOBAR_TEST_SEED={Catalogue.Seed}, conversation {round}: {failure.Message}"), failure);
        }
    }

    private static Task InParallelAsync(int rigs, Func<Rig, Recording[], int, Task> run) =>
        InParallelAsync(rigs, worker => InClear[worker / 2 % InClear.Length], null, run);

    private static async Task InParallelAsync(int rigs, Func<int, LogIn> logIn, MySqlCertificates? certificates, Func<Rig, Recording[], int, Task> run)
    {
        // What waits too long is found out by the server; what turns in circles is not.
        TimeSpan limit = TimeSpan.FromMinutes(Catalogue.Times(8, 80));
        Task[] workers = [.. Enumerable.Range(0, rigs).Select(worker => InOneAsync(worker, logIn(worker), certificates, run))];
        try
        {
            await Task.WhenAll(workers).WaitAsync(limit, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            string ended = string.Join(", ", workers.Select(worker => worker.Status));
            Assert.Fail($"FOOBAR_TEST_SEED={Catalogue.Seed}: the conversations have not ended within {limit}: {ended}");
        }
    }

    /// <summary>Even workers call asynchronously; odd ones block a thread of their own.</summary>
    private static Task InOneAsync(int worker, LogIn logIn, MySqlCertificates? certificates, Func<Rig, Recording[], int, Task> run)
    {
        bool async = worker % 2 == 0;
        return async
            ? Task.Run(RunAsync)
            : Task.Factory.StartNew(() => RunAsync().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        async Task RunAsync()
        {
            using Rig rig = new(logIn, async, certificates);
            List<Recording> recordings = [];
            foreach (bool fromTheGreeting in new[] { true, false })
            {
                foreach (Scenario scenario in Scenario.All) recordings.Add(await rig.RecordAsync(scenario, fromTheGreeting));
            }

            await run(rig, [.. recordings], worker);
        }
    }
}
