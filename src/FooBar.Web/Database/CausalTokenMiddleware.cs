using System.Security.Cryptography;
using FooBar.Data;
using FooBar.Web.StartUp;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Primitives;

namespace FooBar.Web.Database;

/// <summary>
/// Carries what a visitor has written from request to request, sealed, so that whichever instance answers next reads no older
/// state than that. Browsers carry it in a cookie. A client without cookies sends the header <see cref="HeaderName"/>, at first empty, and gets its
/// next value in the answer. What cannot be opened, because it was tampered with or its key is gone, has the first read of the request ask the primary.
/// </summary>
internal sealed class CausalTokenMiddleware(RequestDelegate next, IDataProtectionProvider protection, SiteState state)
{
    public const string CookieName = "foobar-causal";

    public const string HeaderName = "Causal-Token";

    /// <summary>No sealed token of ours is longer; what is, is not even tried to be opened.</summary>
    private const int LongestSealed = 4096;

    private readonly IDataProtector _seal = protection.CreateProtector("foobar causal token");

    public Task InvokeAsync(HttpContext context, RequestSession session)
    {
        // Before that there are no keys to open the cookie with, and nothing is read or written either.
        if (!state.IsPrepared)
            return next(context);

        bool byHeader = context.Request.Headers.TryGetValue(HeaderName, out StringValues header);
        session.Incoming = Open(byHeader ? header.ToString() : context.Request.Cookies[CookieName]);
        context.Response.OnStarting(() =>
        {
            if (session.Outgoing is { } outgoing)
                Carry(context, byHeader, session, outgoing);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private void Carry(HttpContext context, bool byHeader, RequestSession session, CausalToken outgoing)
    {
        CausalToken incoming = session.Incoming;
        // Set by what wrote, or in place of what could not be opened, and by nothing else. The data layer tells when every node has caught up, but
        // taking the cookie back then would race: the answer to a read that was under way beside a write would remove what the write has just set.
        bool isNews = outgoing.Defect != TokenDefect.None || incoming.Defect != TokenDefect.None || session.HasDroppedIncoming || !incoming.Writes.Contains(outgoing.Writes);
        if (byHeader)
            context.Response.Headers[HeaderName] = isNews ? Sealed(outgoing) : context.Request.Headers[HeaderName];
        else if (isNews && outgoing.IsEmpty)
            context.Response.Cookies.Delete(CookieName, Options());
        else if (isNews)
            context.Response.Cookies.Append(CookieName, Sealed(outgoing), Options());
    }

    private string Sealed(CausalToken token) => token.IsEmpty ? "" : _seal.Protect(token.ToString());

    private CausalToken Open(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return default;
        if (text.Length > LongestSealed)
            return CausalToken.Restore(text);
        try
        {
            return CausalToken.Restore(_seal.Unprotect(text));
        }
        catch (CryptographicException)
        {
            return CausalToken.Forged;
        }
    }

    // Ends with the browser's session. A lifetime in minutes would be a guess about how far a replica can lag.
    private static CookieOptions Options() =>
        new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true };
}
