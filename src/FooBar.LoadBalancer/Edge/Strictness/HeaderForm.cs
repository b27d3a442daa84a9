using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>What a request's headers may consist of. Nothing is allocated for a request that has no fault.</summary>
internal static class HeaderForm
{
    /// <summary>
    /// Fewer than RFC 9110, 5.6.2 allows. To programs behind CGI and its heirs an underscore, a dot and other signs are a hyphen:
    /// <c>X_Forwarded_For</c> would reach them as ours.
    /// </summary>
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>RFC 9110, 5.5: none of them is valid in a value but the tab.</summary>
    private static readonly SearchValues<char> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Append(0x7f).Select(code => (char)code).Except("\t")]);

    /// <summary>What is wrong with a name or a value; null if nothing is.</summary>
    public static Refusal? Fault(IHeaderDictionary headers)
    {
        foreach ((string name, StringValues values) in headers)
        {
            if (!IsName(name))
                return Refusal.HeaderName;
            if (values.Count == 1 ? !IsValue((string?)values) : HaveControls(values))
                return Refusal.HeaderValue;
        }

        return null;
    }

    private static bool HaveControls(StringValues values)
    {
        foreach (string? value in values)
        {
            if (!IsValue(value))
                return true;
        }

        return false;
    }

    /// <summary>Whether a header may have this value.</summary>
    public static bool IsValue(ReadOnlySpan<char> value) => value.IndexOfAny(ControlCharacters) < 0;

    /// <summary>Whether a header may have this name.</summary>
    public static bool IsName(ReadOnlySpan<char> name) => !name.IsEmpty && name.IndexOfAnyExcept(NameCharacters) < 0;
}
