using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class TrafficMetricsTests
{
    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Scrape_AfterEachKindOfEnd_CountsItAtItsBackend()
    {
        await using Arrangement site = await Arrangement.StartAsync("Health:Interval=00:01:00");
        site.Handle(context =>
        {
            context.Response.StatusCode = int.Parse(context.Request.Path.Value![1..], null);
            return Task.CompletedTask;
        });
        using HttpClient client = site.Gateway.Client();

        // They take turns: the first and the third go to the first, and so does what it fails.
        foreach (string path in (string[])["/200", "/200", "/404"])
            (await client.GetAsync(new Uri(path, UriKind.Relative), Token)).Dispose();
        await site.First.KillAsync();
        (await client.GetAsync(new Uri("/503", UriKind.Relative), Token)).Dispose();
        (await client.GetAsync(new Uri("/204", UriKind.Relative), Token)).Dispose();
        await site.Gateway.IdleAsync();

        string scrape = await site.Gateway.ScrapeAsync();
        string[] expected =
        [
            "gateway_backend_tries_total{backend=\"web-1\",outcome=\"completed\"} 2",
            "gateway_backend_tries_total{backend=\"web-1\",outcome=\"backend-connect-failed\"} 1",
            "gateway_backend_tries_total{backend=\"web-2\",outcome=\"completed\"} 3",
            "gateway_backend_responses_total{backend=\"web-1\",class=\"2xx\"} 1",
            "gateway_backend_responses_total{backend=\"web-1\",class=\"4xx\"} 1",
            "gateway_backend_responses_total{backend=\"web-2\",class=\"2xx\"} 2",
            "gateway_backend_responses_total{backend=\"web-2\",class=\"5xx\"} 1",
            "gateway_backend_redispatches_total{backend=\"web-1\"} 1",
            "gateway_backend_connections_total{backend=\"web-1\",kind=\"opened\"} 1",
            "gateway_backend_connections_total{backend=\"web-1\",kind=\"reused\"} 1",
            "gateway_backend_connections_total{backend=\"web-2\",kind=\"reused\"} 2",
            "gateway_backend_connections_idle{backend=\"web-2\"} 1",
            "gateway_backend_in_flight_most{backend=\"web-1\"} 1",
        ];
        Assert.All(expected, line => Assert.Contains(line + "\n", scrape, StringComparison.Ordinal));
        foreach (string phase in (string[])["connect", "first_byte", "total"])
        {
            double mean = Value(scrape, $"gateway_backend_time_mean_seconds{{backend=\"web-1\",phase=\"{phase}\"}}");
            double longest = Value(scrape, $"gateway_backend_time_longest_seconds{{backend=\"web-1\",phase=\"{phase}\"}}");
            Assert.InRange(mean, double.Epsilon, longest);
        }
    }

    [Fact]
    public async Task Scrape_AfterBodiesInBothDirections_CountsTheirBytesAtTheirBackend()
    {
        const int asked = 300_000, answered = 200_000;
        await using Arrangement site = await Arrangement.StartAsync("Health:Interval=00:01:00");
        site.Handle(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, Token);
            await context.Response.Body.WriteAsync(new byte[answered], Token);
        });
        using HttpClient client = site.Gateway.Client();

        using (ByteArrayContent body = new(new byte[asked]))
            await (await client.PostAsync(new Uri("/", UriKind.Relative), body, Token)).Content.ReadAsByteArrayAsync(Token);
        await site.Gateway.IdleAsync();
        string scrape = await site.Gateway.ScrapeAsync();
        Measured("web-1", asked, answered);
        Assert.Equal(0, Value(scrape, "gateway_backend_io_bytes_total{backend=\"web-2\",direction=\"sent\"}"));

        // A request without a body goes another way, to the other one, whose turn it is.
        await client.GetByteArrayAsync(new Uri("/", UriKind.Relative), Token);
        await site.Gateway.IdleAsync();

        scrape = await site.Gateway.ScrapeAsync();
        Measured("web-1", asked, answered);
        Measured("web-2", 0, answered);

        void Measured(string backend, int sent, int received)
        {
            // Beside the bodies: heads, and the answer's chunks.
            Assert.InRange(Value(scrape, $"gateway_backend_io_bytes_total{{backend=\"{backend}\",direction=\"sent\"}}"), sent + 50, sent + 2000);
            Assert.InRange(Value(scrape, $"gateway_backend_io_bytes_total{{backend=\"{backend}\",direction=\"received\"}}"), received + 50, received + 2000);
        }
    }

    private static double Value(string scrape, string series) => double.Parse(
        scrape.Split('\n').Single(line => line.StartsWith(series, StringComparison.Ordinal))[(series.Length + 1)..], null);
}
