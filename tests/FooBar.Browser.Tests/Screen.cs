namespace FooBar.Browser.Tests;

/// <summary>The widths at which every page is looked at.</summary>
public enum Screen
{
    /// <summary>390 × 844 CSS pixels at two device pixels each, with touch.</summary>
    Phone,

    /// <summary>1280 × 900 CSS pixels.</summary>
    Desktop,
}
