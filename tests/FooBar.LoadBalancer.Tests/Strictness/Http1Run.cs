using System.Globalization;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>Plays cases over HTTP/1, each on a connection of its own.</summary>
internal sealed class Http1Run(TestCertificates certificates, TestGateway gateway, Ledger ledger)
{
    /// <summary>Nothing in a case waits for a time: it is only there so that one that hangs fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _number;

    /// <summary>Plays a case.</summary>
    public async Task PlayAsync(Case play)
    {
        int seen = ledger.Seen;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        string step = "connecting";
        string? recorded = null;
        try
        {
            await using RawClient client = play.IsPlain
                ? await RawClient.ConnectPlainAsync(gateway.HttpPort, limit.Token)
                : await RawClient.ConnectAsync(gateway.HttpsPort, certificates.Authority, play.ServerName, http2: false, limit.Token);
            step = "sending";
            await client.SendAsync(play.Bytes, limit.Token);
            bool ended = false;
            List<string> expected = [];
            try
            {
                foreach (Expected answer in play.Answers)
                {
                    step = $"waiting for {answer}";
                    ended |= await EndAsync(play.IsHalf && !ended && answer is not Expected.Forward, client);
                    await CheckAsync(play, answer, client, expected, limit.Token);
                }

                step = "asking for one more";
                await EndAsync((play.IsHalf || play.IsLast) && !ended, client);
                await CheckNextAsync(play, client, expected, limit.Token);
            }
            finally
            {
                recorded = client.Reader.Recorded;
            }

            step = "asking the backend";
            ledger.CheckBackend(seen, expected);
            if (play.MayBegin)
                ledger.MayBreakOff();
        }
        catch (Exception exception) when (exception is WireException or OperationCanceledException or Xunit.Sdk.XunitException)
        {
            ledger.Fail($"""
                {play.Name} ({play.Source})
                  sent     {WireReader.Visible(play.Bytes)}
                  while    {step}
                  received {recorded}
                  {(exception is OperationCanceledException ? "nothing came" : exception.Message)}
                """);
        }
    }

    private async Task CheckAsync(Case play, Expected expected, RawClient client, List<string> forms, CancellationToken cancel)
    {
        bool toHead = (expected is Expected.Forward line ? line.Line : play.Bytes).StartsWith("HEAD ", StringComparison.Ordinal);
        WireAnswer? answer = await client.ReadAsync(toHead, cancel);

        // The server may see the client's end before it sees the half that came with it, and closes without a word.
        if (answer is null && play.IsHalf && expected is Expected.Refusal)
            return;
        await ledger.CheckAsync(expected, answer ?? throw new WireException("the connection is closed"), play.MayBegin);
        if (expected is Expected.Forward forward)
            forms.Add(forward.Form);
    }

    /// <summary>The connection's state is known: it answers the next request for itself, or it is closed.</summary>
    private async Task CheckNextAsync(Case play, RawClient client, List<string> forms, CancellationToken cancel)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"GET /after/{_number++}");
        bool asks = !play.IsHalf && !play.IsLast;
        if (asks)
            await client.SendAsync($"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n", cancel);
        if (play.IsHttp2Farewell)
        {
            Ledger.Require(await client.Stream.ReadAsync(new byte[1], cancel) == 1, "no frame");
            return;
        }

        if (await client.ReadAsync(toHead: false, cancel) is not { } answer)
            return;

        Ledger.Require(asks, $"one more answer, with status {answer.Status}");
        Ledger.Require(play.Answers.Length > 0, "the connection goes on");
        if (play.IsPlain)
        {
            await ledger.CheckAsync(Expected.Redirected($"https://localhost:8443{line["GET ".Length..]}"), answer, mayBegin: false);
            return;
        }

        await ledger.CheckAsync(Expected.Forwarded(line), answer, mayBegin: false);
        forms.Add(Expected.Forwarded(line).Form);
    }

    private static async Task<bool> EndAsync(bool now, RawClient client)
    {
        if (now)
            await client.EndAsync();
        return now;
    }
}
