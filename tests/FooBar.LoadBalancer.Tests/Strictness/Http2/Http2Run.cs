using System.Globalization;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>Plays cases over HTTP/2, each on a connection of its own.</summary>
internal sealed class Http2Run(TestCertificates certificates, TestGateway gateway, Ledger ledger)
{
    /// <summary>Nothing in a case waits for a time: it is only there so that one that hangs fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _number;

    /// <summary>Plays a case.</summary>
    public async Task PlayAsync(Http2Case play)
    {
        int seen = ledger.Seen;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        StreamEnd? end = null;
        StreamEnd? next = null;
        try
        {
            await using Http2Client client = await Http2Client.ConnectAsync(gateway.HttpsPort, certificates.Authority, play.ServerName, limit.Token);
            await client.SendAsync(play.Frames, limit.Token);
            end = await client.ReadAsync(1, limit.Token);
            List<string> expected = [];
            await CheckAsync(play, end, expected);

            // The connection's state is known: it answers the next request for itself, or it is closed.
            if (end.GoAway is null && play.ServerName == "localhost")
            {
                string target = string.Create(CultureInfo.InvariantCulture, $"/after/{_number++}");
                await client.SendAsync([Http2Case.Head(3, endStream: true, Http2Case.Usual("GET", target))], limit.Token);
                next = await client.ReadAsync(3, limit.Token);
                Ledger.Require(next.Answer is not null || next.GoAway is not null, "the next request is not answered");
                if (next.Answer is { } answer)
                {
                    await ledger.CheckAsync(Expected.Forwarded($"GET {target}"), answer, mayBegin: false);
                    expected.Add(Expected.Forwarded($"GET {target}").Form);
                }
            }

            if (play.MayForward is { } form && ledger.Seen > seen + expected.Count)
                expected.Insert(0, form.Form);
            ledger.CheckBackend(seen, expected);
            if (play.MayBegin)
                ledger.MayBreakOff();
        }
        catch (Exception exception) when (exception is WireException or OperationCanceledException or Xunit.Sdk.XunitException)
        {
            ledger.Fail($"""
                {play.Name} ({play.Source})
                  sent     {string.Join("\n           ", play.Frames.Select(frame => $"type {frame.Type} flags {frame.Flags} {Convert.ToHexString(frame.Payload)}"))}
                  ended as {end}
                  the next {next}
                  {(exception is OperationCanceledException ? "nothing came" : exception.Message)}
                """);
        }
    }

    private async Task CheckAsync(Http2Case play, StreamEnd end, List<string> forms)
    {
        if (play.Answer is null)
        {
            Ledger.Require(end.Reset is not null || end.GoAway is not null, $"it is answered with {end.Answer?.Status}");
            return;
        }

        await ledger.CheckAsync(play.Answer, end.Answer ?? throw new WireException("it is not answered"), play.MayBegin);
        if (play.Answer is Expected.Forward forward)
            forms.Add(forward.Form);
    }
}
