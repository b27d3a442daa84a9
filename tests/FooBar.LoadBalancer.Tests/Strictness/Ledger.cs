using System.Text.Json;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>
/// Holds what a client was told, what the backend had and what the access log says against what was expected and against each other, and collects
/// what is wrong. Not thread-safe.
/// </summary>
internal sealed class Ledger(TestGateway gateway, IRecordingBackend backend)
{
    private readonly AccessLogIndex _log = new(gateway);
    private readonly List<string> _failures = [];
    private int _mayBreakOff;
    private int _bare;

    /// <summary>Settings for the gateway: no health check comes between, and the limits are small enough to reach.</summary>
    public static string[] Settings =>
        ["Health:Interval=00:01:00", "Limits:RequestBodyBytes=4096", "Hosts:0=localhost", "Hosts:1=www.foobar.com", "Hosts:2=127.0.0.1", "PublicHttpsPort=8443"];

    /// <summary>What is wrong, an entry each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>How many requests the backend has had.</summary>
    public int Seen => backend.Seen.Count;

    /// <summary>Adds what is wrong with a case.</summary>
    public void Fail(string failure) => _failures.Add(failure);

    /// <summary>Notes that one more request may break off at the backend.</summary>
    public void MayBreakOff() => _mayBreakOff++;

    /// <summary>Holds an answer and the log's line about it against what was expected.</summary>
    /// <param name="expected">What was expected.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="mayBegin">Whether a refused request may have been begun at the backend.</param>
    /// <exception cref="WireException">They differ.</exception>
    public async Task CheckAsync(Expected expected, WireAnswer answer, bool mayBegin)
    {
        if (expected is Expected.Bare bare)
        {
            Require(answer.Status == bare.Status, $"the status is {answer.Status}");
            await _log.RefusedAsync("HTTP/2", bare.Reason, ++_bare);
            return;
        }

        string id = answer["X-Request-Id"] ?? throw new WireException($"an answer with status {answer.Status} and no id");
        JsonElement line = await _log.LineAsync(id);
        string end = $"{AccessLogIndex.Text(line, "end")} {AccessLogIndex.Text(line, "reason")}";
        Require(line.GetProperty("status").GetInt32() == answer.Status, "the log has another status");
        switch (expected)
        {
            case Expected.Forward forward:
                Require(answer.Status == 200 && end == "completed none", $"the status is {answer.Status}, the log says '{end}'");
                Require(answer["X-Answer-To"] == forward.Line, $"the answer is that to '{answer["X-Answer-To"]}'");
                break;
            case Expected.Refusal refusal:
                Require(answer.Status == refusal.Status && end == $"refused {refusal.Reason}", $"the status is {answer.Status}, the log says '{end}'");
                Require(mayBegin || line.GetProperty("tries").GetInt32() == 0, "a backend was tried");
                Require(answer.Body.Length == 0 || answer.Text.Contains(id, StringComparison.Ordinal), $"the page is '{WireReader.Visible(answer.Text)}'");
                break;
            case Expected.Redirect redirect:
                Require(answer.Status == 308 && answer["Location"] == redirect.Location, $"the answer is {answer.Status} to '{answer["Location"]}'");
                break;
        }
    }

    /// <summary>Holds the requests that the backend has had since then against those that it should have had.</summary>
    /// <exception cref="WireException">They differ.</exception>
    public void CheckBackend(int since, IReadOnlyList<string> expected)
    {
        string[] forms = [.. backend.Seen.Skip(since).Select(request => request.Form)];
        Require(forms.SequenceEqual(expected), $"the backend has\n    {string.Join("\n    ", forms)}\n  and not\n    {string.Join("\n    ", expected)}");
    }

    /// <summary>Holds the whole access log against all that the backend has had.</summary>
    public async Task FinishAsync()
    {
        string[] ids = [.. backend.Seen.Select(request => request.Id)];

        // With a failure they may never agree, and then it is the failure that is to be seen.
        if (_failures.Count > 0)
            return;
        await Eventually.TrueAsync(
            () => _log.Ended("completed").Length >= ids.Length,
            () => $"the access log has {_log.Ended("completed").Length} requests, the backend {ids.Length}");
        string[] logged = _log.Ended("completed");
        if (!ids.Order(StringComparer.Ordinal).SequenceEqual(logged.Order(StringComparer.Ordinal)))
            Fail($"Only the backend has [{string.Join(", ", ids.Except(logged))}], only the access log [{string.Join(", ", logged.Except(ids))}]");
        if (backend.Unfinished > _mayBreakOff)
            Fail($"{backend.Unfinished} requests broke off at the backend, and only {_mayBreakOff} may have");
        foreach (string fault in backend.Faults)
            Fail($"The backend complains: {fault}");
    }

    /// <summary>Ends a case whose condition does not hold.</summary>
    public static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new WireException(otherwise);
    }
}
