using System.Security.Cryptography;
using FooBar.Data;
using FooBar.Web.StartUp;
using Microsoft.AspNetCore.DataProtection;

namespace FooBar.Web.Database;

/// <summary>
/// Carries what a visitor has written from request to request, in a sealed cookie, so that whichever instance answers next reads no older
/// state than that. A cookie that cannot be opened, because it was tampered with or its key is gone, is as good as none.
/// </summary>
internal sealed class CausalTokenMiddleware(RequestDelegate next, IDataProtectionProvider protection, SiteState state)
{
    public const string CookieName = "foobar-causal";

    private readonly IDataProtector _seal = protection.CreateProtector("foobar causal token");

    public Task InvokeAsync(HttpContext context, RequestSession session)
    {
        // Before that there are no keys to open the cookie with, and nothing is read or written either.
        if (!state.IsPrepared)
            return next(context);

        if (context.Request.Cookies[CookieName] is { } cookie)
            session.Incoming = Open(cookie);
        context.Response.OnStarting(() =>
        {
            Carry(context, session.Incoming, session.Outgoing);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private void Carry(HttpContext context, CausalToken incoming, CausalToken outgoing)
    {
        // Set by what wrote and by nothing else. The data layer tells when every node has caught up, but taking the cookie back then would
        // race: the answer to a read that was under way beside a write would remove what the write has just set.
        if (!incoming.Writes.Contains(outgoing.Writes))
            context.Response.Cookies.Append(CookieName, _seal.Protect(outgoing.ToString()), Options());
    }

    private CausalToken Open(string cookie)
    {
        try
        {
            return CausalToken.TryParse(_seal.Unprotect(cookie), out CausalToken token) ? token : default;
        }
        catch (CryptographicException)
        {
            return default;
        }
    }

    // Ends with the browser's session. A lifetime in minutes would be a guess about how far a replica can lag.
    private static CookieOptions Options() =>
        new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true };
}
