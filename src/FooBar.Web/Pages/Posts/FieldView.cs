using FooBar.Web.Posts;

namespace FooBar.Web.Pages.Posts;

/// <summary>One field of the form as it is shown: its rule, what was typed, and what is wrong with that, if anything.</summary>
internal sealed record FieldView(FieldRule Rule, string Value, string? Error, string Hint, string Autocomplete)
{
    public string HintId => $"{Rule.Field}-hint";

    public string ErrorId => $"{Rule.Field}-error";

    /// <summary>What a screen reader adds to the field's label.</summary>
    public string DescribedBy => Error is null ? HintId : $"{ErrorId} {HintId}";
}
