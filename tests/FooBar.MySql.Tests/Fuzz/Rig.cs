using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>What a right server answered in a scenario, and what the program saw of it.</summary>
internal sealed record Recording(Scenario Scenario, bool FromTheGreeting, IReadOnlyList<Reply> Replies, string Transcript);

/// <summary>
/// A hostile server and a data source that talks to it and to nobody else. <see cref="RunAsync"/> is one broken conversation: the
/// outcome is checked, and that the same data source, talked to rightly, gives the right answer behind it.
/// The driver's clock stands still: it times out when the silent server says so, and at no other time.
/// </summary>
internal sealed class Rig : IDisposable
{
    /// <summary>
    /// What a conversation may allocate besides eight times what was sent: buffers, exceptions, the transcript. A buffer of an announced
    /// length would be 16 MB.
    /// </summary>
    private const int FreeBytes = 512 * 1024;

    private const string LostEarlier = " was lost earlier; close it and open another.";

    /// <summary>More than any time-out of the driver's.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly bool _async;
    private readonly FakeTime _time = new();
    private readonly HostileServer _server;
    private readonly MySqlDataSource _source;
    private CancellationTokenSource? _cancellation;
    private volatile Client? _client;
    private bool _isFreshlyPooled;
    private int _echo;

    public Rig(LogIn logIn, bool async, MySqlCertificates? certificates = null)
    {
        _async = async;
        X509Certificate2? certificate = certificates is null ? null : X509Certificate2.CreateFromPemFile(certificates.CertificatePath, certificates.KeyPath);
        _server = new HostileServer(logIn, WhileWaiting, certificate);
        string ssl = certificates is null ? "Ssl Mode=None" : $"Ssl Ca={certificates.CaPath}";
        _source = new MySqlDataSource($"Server=127.0.0.1;Port={_server.Port};User ID=u;Password=p;Cancellation Timeout=0;{ssl}", _time);
    }

    public void Dispose()
    {
        _source.Dispose();
        _server.Dispose();
        _cancellation?.Dispose();
    }

    /// <summary>A scenario with a right server, with a connection of its own or one that was in the pool.</summary>
    public async ValueTask<Recording> RecordAsync(Scenario scenario, bool fromTheGreeting)
    {
        await PrepareAsync(fromTheGreeting);
        Conversation conversation = _server.Begin(null);
        Client client = new(_source, _async, CancellationToken.None);
        await scenario.RunAsync(client);
        _server.End();
        _isFreshlyPooled = false;
        return new Recording(scenario, fromTheGreeting, [.. conversation.Replies], client.Transcript);
    }

    /// <exception cref="Xunit.Sdk.XunitException">The driver did something else than it must.</exception>
    public async ValueTask RunAsync(Recording recording, int reply, Damage damage, Aftermath aftermath, bool cancel, byte[]? repeated = null)
    {
        await PrepareAsync(recording.FromTheGreeting);
        _cancellation = cancel ? new CancellationTokenSource() : null;
        Client client = _client = new(_source, _async, _cancellation?.Token ?? CancellationToken.None);
        _server.Begin(new Sabotage(reply, damage.Bytes, aftermath, repeated));
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Exception? failure = await Record.ExceptionAsync(async () =>
        {
            try
            {
                await recording.Scenario.RunAsync(client);
            }
            finally
            {
                await client.CloseAsync();
            }
        });
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        _server.End();

        string? complaint = _server.Complaint
            ?? Judge(failure, client, recording, damage, aftermath, cancel)
            ?? JudgePool(failure)
            ?? (_async || allocated <= FreeBytes + (8L * Sent(recording, damage)) ? null : $"It allocated {allocated} bytes.")
            ?? await JudgeRightAnswerAsync(recording, damage);
        _cancellation?.Dispose();
        _cancellation = null;
        if (complaint is not null)
        {
            Assert.Fail(
                $"{recording.Scenario.Name}, {(recording.FromTheGreeting ? "from the greeting" : "pooled")}, reply {reply} of {recording.Replies.Count}, "
                + $"{damage.Name}, then {aftermath}{(cancel ? ", cancelled" : "")}, {(_async ? "async" : "sync")}: {complaint}\n"
                + $"right: {Convert.ToHexString(recording.Replies[reply].ToBytes())}\nsent:  {Convert.ToHexString(damage.Bytes.AsSpan(0, Math.Min(damage.Bytes.Length, 4_000)))}\n"
                + $"outcome: {failure}\n{client.Transcript}");
        }
    }

    private static string? Judge(Exception? failure, Client client, Recording recording, Damage damage, Aftermath aftermath, bool cancel) => failure switch
    {
        null when damage.Verdict == Verdict.MustFail => "It noticed nothing.",
        null when damage.Verdict == Verdict.RightOrFail && client.Transcript != recording.Transcript => "It gave a wrong answer.",
        null => null,
        OperationCanceledException when cancel => null,
        MySqlException { Phase: not MySqlFailurePhase.NotSent } when !client.HasOpened => "A failure of opening says that a statement was sent.",
        MySqlException late when late.Message.EndsWith(LostEarlier, StringComparison.Ordinal) => null, // between two calls, or behind the error of a batch
        MySqlException late when aftermath is Aftermath.Silence or Aftermath.Endless && late.Reason != MySqlFailureReason.TimedOut => "It is not called a time-out.",
        MySqlException lost when damage.Name.StartsWith("cut", StringComparison.Ordinal) && aftermath == Aftermath.Close && lost.Reason != MySqlFailureReason.ConnectionLost =>
            "It is not called a lost connection.",
        MySqlException => null,
        InvalidCastException or OverflowException when damage.Verdict == Verdict.Anything => null,
        _ => "It is another exception.",
    };

    /// <summary>A connection whose place in the protocol is unknown must not be in the pool.</summary>
    private string? JudgePool(Exception? failure)
    {
        (int busy, int idle) = _source.Pool.Count;
        if (busy != 0) return $"{busy} places of the pool are still taken.";

        bool mayBeKept = failure is null or InvalidCastException or OverflowException or MySqlException { Number: not 0 } or MySqlException { Reason: MySqlFailureReason.Refused };
        return idle == 0 || mayBeKept ? null : $"{idle} connections are in the pool.";
    }

    private async ValueTask<string?> JudgeRightAnswerAsync(Recording recording, Damage damage)
    {
        // Who was lied to about the server while it logged in, and could not notice, goes on believing it.
        if (recording.FromTheGreeting && damage.Verdict == Verdict.Anything) _source.Retire();
        if (damage.ShiftsAnswers) _source.Retire();
        _isFreshlyPooled = _source.Pool.Count == (0, 0);
        return await EchoAsync();
    }

    private async ValueTask PrepareAsync(bool fromTheGreeting)
    {
        if (!fromTheGreeting && _isFreshlyPooled) return;

        _source.Retire();
        _isFreshlyPooled = !fromTheGreeting;
        if (_isFreshlyPooled && await EchoAsync() is { } complaint) Assert.Fail(complaint);
    }

    private async ValueTask<string?> EchoAsync()
    {
        int number = ++_echo;
        _server.Begin(null);
        Client client = new(_source, _async, CancellationToken.None);
        Exception? failure = await Record.ExceptionAsync(() => Scenario.Echo(number).RunAsync(client).AsTask());
        _server.End();
        string right = string.Create(CultureInfo.InvariantCulture, $"INT {number}, \n(1 columns)\n(-1 affected)\n");
        return failure is null && client.Transcript == right
            ? null
            : $"The right conversation behind it gave '{client.Transcript}' for {number}: {failure}";
    }

    private static int Sent(Recording recording, Damage damage) => damage.Bytes.Length + recording.Replies.Sum(reply => reply.Packets.Sum(packet => packet.Length));

    private void WhileWaiting(int call)
    {
        if (call > 0 || _cancellation is not { } cancellation)
        {
            _time.Advance(Long);
        }
        else
        {
            cancellation.Cancel();
            _client?.Cancel();
        }
    }
}
