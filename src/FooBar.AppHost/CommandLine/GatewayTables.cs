using System.Globalization;
using FooBar.AppHost.Gateway;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FooBar.AppHost.CommandLine;

/// <summary>A gateway's answers for people.</summary>
internal static class GatewayTables
{
    /// <summary>The backends, a row each.</summary>
    public static IRenderable Of(BackendsAnswer answer)
    {
        Table table = new Table { Border = TableBorder.Simple }.AddColumns("name", "state", "health", "requests", "in flight", "weight", "address", "ordered");
        foreach (BackendAnswer backend in answer.Backends)
        {
            table.AddRow(
                Markup.Escape(backend.Name),
                Coloured(backend.State, backend.State == "ready" ? "green" : "yellow"),
                Coloured(backend.Health, backend.Health switch { "up" => "green", "down" => "red", _ => "yellow" }),
                backend.TakesRequests ? "takes" : "takes none",
                backend.InFlight.ToString(CultureInfo.InvariantCulture),
                backend.Weight.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(backend.Url),
                Markup.Escape(string.Join("; ", ((string[])[Words("state", backend.StateOrder), Words("weight", backend.WeightOrder)]).Where(order => order.Length > 0))));
        }

        return table;
    }

    /// <summary>The certificates, a row each.</summary>
    public static IRenderable Of(CertificatesAnswer answer)
    {
        Table table = new Table { Border = TableBorder.Simple }.AddColumns("", "names", "issuer", "until", "days left", "file");
        foreach (CertificateAnswer certificate in answer.Certificates)
        {
            table.AddRow(
                Markup.Escape(certificate.Name),
                Markup.Escape(string.Join(", ", certificate.Names)),
                Markup.Escape(certificate.Issuer),
                Time(certificate.NotAfter),
                certificate.DaysLeft.ToString("0.0", CultureInfo.InvariantCulture),
                Markup.Escape(certificate.Path));
        }

        return table;
    }

    /// <summary>How a backend is after an order.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="waited">How long that was waited for; null when it was not.</param>
    public static string Sentence(BackendAnswer backend, TimeSpan? waited)
    {
        string after = waited is { } time ? string.Create(CultureInfo.InvariantCulture, $" after {time.TotalSeconds:0.0} s") : string.Empty;
        return backend switch
        {
            { State: "ready", TakesRequests: true } => $"{backend.Name} is ready and takes requests{after}.",
            { State: "ready" } => $"{backend.Name} is ready, and takes requests when its checks pass: it is {backend.Health}{(backend.LastFailure is { } failure ? $" ({failure})" : "")}.",
            { InFlight: 0, State: "drain" } => $"{backend.Name} is drained{after}.",
            { InFlight: 0 } => $"{backend.Name} is in maintenance{(waited is null ? string.Empty : $"; its last request has ended{after}")}.",
            _ => $"{backend.Name} takes no new requests; {backend.InFlight} in flight.",
        };
    }

    /// <summary>What a purge has come to.</summary>
    /// <param name="purged">The gateway's answer.</param>
    /// <param name="address">What was to be forgotten; null: everything.</param>
    public static string Sentence(PurgeAnswer purged, string? address) => (purged.Answers, address) switch
    {
        (0, null) => "The cache was empty.",
        (0, _) => "Nothing was stored there. An address is stored as it was asked for, each query by itself: --below takes them all.",
        (1, _) => string.Create(CultureInfo.InvariantCulture, $"1 answer is forgotten, {purged.Bytes:N0} bytes."),
        _ => string.Create(CultureInfo.InvariantCulture, $"{purged.Answers:N0} answers are forgotten, {purged.Bytes:N0} bytes."),
    };

    /// <summary>What there is to say when the wait for it was in vain.</summary>
    public static string NotThere(BackendAnswer backend, TimeSpan within)
    {
        string after = string.Create(CultureInfo.InvariantCulture, $"after {within.TotalSeconds:0} s");
        return backend.State == "ready"
            ? $"{backend.Name} takes no requests {after}: it is {backend.Health}. See ./foobar gateway list; it takes them as soon as its checks pass."
            : $"{backend.Name} still has {backend.InFlight} in flight {after}. It takes no new ones; wait on with a longer --timeout.";
    }

    private static string Words(string what, OrderAnswer? order) =>
        order is null ? string.Empty : $"{what} {Time(order.Since)} by {order.By}{(order.Reason is { } reason ? $": {reason}" : string.Empty)}";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Coloured(string text, string colour) => $"[{colour}]{Markup.Escape(text)}[/]";
}
