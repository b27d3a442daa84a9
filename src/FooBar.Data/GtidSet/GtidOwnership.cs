using System.Text;

namespace FooBar.Data;

/// <summary>
/// <c>@@global.gtid_owned</c>: the transactions being committed at this moment, each with the threads that own it
/// (<c>uuid:23#12:24#13#14</c>).
/// </summary>
internal static class GtidOwnership
{
    /// <summary>The text without the owners, which is a GTID set.</summary>
    public static string WithoutOwners(string owned)
    {
        if (!owned.Contains('#', StringComparison.Ordinal))
            return owned;
        StringBuilder text = new(owned.Length);
        bool owner = false;
        foreach (char c in owned)
        {
            owner = c == '#' || (owner && char.IsAsciiDigit(c));
            if (!owner)
                text.Append(c);
        }

        return text.ToString();
    }
}
