using System.Diagnostics.CodeAnalysis;

namespace FooBar.Data;

/// <summary>
/// The key under which a write happens at most once. Make it where the intent arises (when a form is rendered, when a job is queued)
/// and send the same one with every repetition of that intent.
/// </summary>
/// <param name="Value">The key; not <see cref="Guid.Empty"/>, which a write refuses.</param>
public readonly record struct OperationId(Guid Value)
{
    /// <summary>A new key. Version 7, so that the table's primary key grows at its end; 74 of its bits are random.</summary>
    public static OperationId New() => new(Guid.CreateVersion7());

    /// <summary>Reads the text that <see cref="ToString"/> writes; false for null, for another text, and for the empty key.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out OperationId operation)
    {
        operation = Guid.TryParseExact(text, "D", out Guid value) ? new(value) : default;
        return operation.Value != Guid.Empty;
    }

    /// <summary>The key as 36 characters of lower-case hexadecimal digits and hyphens.</summary>
    public override string ToString() => Value.ToString("D");
}
