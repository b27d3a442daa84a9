using System.Globalization;

namespace FooBar.Web.Posts;

/// <summary>
/// How the number of a notice is written in an address: decimal digits of a positive 64-bit number, no sign, no leading zero, no space.
/// One spelling per notice means one address per notice.
/// </summary>
internal static class PostId
{
    /// <summary>False for anything that is not the one spelling of a number.</summary>
    public static bool TryParse(string? text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0 && text![0] != '0';
}
