using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.Extensions.WebEncoders;

namespace FooBar.Web.Pages;

/// <summary>Razor Pages and the form token that guards their forms.</summary>
internal static class PagesSetup
{
    public static WebApplicationBuilder AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorPages(options => options.Conventions.AddFolderApplicationModelConvention("/", RefuseOtherMethods));
        builder.Services.AddAntiforgery(options =>
        {
            // The prefix makes browsers refuse the cookie from anywhere but this host, over TLS.
            options.Cookie.Name = "__Host-foobar-form";
            options.Cookie.Path = "/";
            options.Cookie.HttpOnly = true;
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            options.Cookie.SameSite = SameSiteMode.Strict;
            // The content security policy says the same, for every page.
            options.SuppressXFrameOptionsHeader = true;
        });

        // The default escapes all but ASCII. What matters for safety (<, >, &, quotes) is escaped either way.
        builder.Services.Configure<WebEncoderOptions>(options => options.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        return builder;
    }

    public static void MapPages(this WebApplication app) => app.MapRazorPages().WithStaticAssets();

    /// <summary>A page without a handler for POST would answer one as if it were a GET; 405 is the truth.</summary>
    private static void RefuseOtherMethods(PageApplicationModel page)
    {
        string[] methods = [.. page.HandlerMethods.Select(handler => handler.HttpMethod.ToUpperInvariant()).Distinct()];
        if (methods.Length == 0)
            return;
        if (methods.Contains(HttpMethods.Get))
            methods = [.. methods, HttpMethods.Head];
        page.EndpointMetadata.Add(new HttpMethodMetadata(methods));
    }
}
