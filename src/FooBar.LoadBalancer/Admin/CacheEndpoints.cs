using System.Globalization;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;

namespace FooBar.LoadBalancer.Admin;

/// <summary>What can be ordered of the cache.</summary>
internal sealed class CacheEndpoints(CacheStore store, CurrentSettings settings)
{
    private static readonly AdminAnswer _unclear = AdminAnswer.Problem(
        StatusCodes.Status400BadRequest,
        "It is not clear what to forget",
        "Give \"url\": \"https://HOST/PATH\" for one address, with \"below\": true for all below it, or \"all\": true for everything.");

    private static readonly AdminAnswer _unfitUrl = AdminAnswer.Problem(
        StatusCodes.Status400BadRequest,
        "The address cannot be used",
        "Give it whole and encoded, as visitors ask for it: https://HOST/PATH?QUERY, without spaces and fragment, and without the query if all below it is meant.");

    /// <summary>Has the cache forget one address, all below one, or everything.</summary>
    public async Task<AdminAnswer> PurgeAsync(AdminCall call)
    {
        if (call.UnknownParameters() is { } parameter)
            return parameter;
        (PurgeBody? body, AdminAnswer? problem) = await AdminJson.ReadAsync<PurgeBody>(call.Context.Request, call.Aborted).ConfigureAwait(false);
        if ((problem ?? call.Note(body!.Reason)) is { } unusable)
            return unusable;
        if (body!.All == (body.Url is not null) || (body.Below && body.All))
            return _unclear;

        call.Target = body.All ? "everything" : body.Below ? $"below {body.Url}" : body.Url;
        if ((body.All ? PurgeScope.All : PurgeScope.Read(body.Url!, body.Below)) is not { } scope)
            return _unfitUrl;
        ServedHosts hosts = settings.Value.Hosts;
        if (!body.All && !hosts.Contains(new HostString(scope.Host)))
        {
            return AdminAnswer.Problem(
                StatusCodes.Status404NotFound,
                "There is no such host",
                $"'{scope.Host}' is not served. There are {string.Join(", ", settings.Value.Options.Hosts)}.");
        }

        Purged purged = store.Purge(scope);
        return AdminAnswer.Ok(new PurgeAnswer(purged.Answers, purged.Bytes)) with { Before = Text(purged), After = Text(default) };
    }

    private static string Text(Purged purged) => string.Create(CultureInfo.InvariantCulture, $"{purged.Answers} answers, {purged.Bytes} bytes");

    private sealed record PurgeBody(string? Url = null, bool Below = false, bool All = false, string? Reason = null);

    private sealed record PurgeAnswer(int Answers, long Bytes);
}
