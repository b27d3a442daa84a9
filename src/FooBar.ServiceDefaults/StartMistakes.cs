using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults;

/// <summary>Which exceptions of a start are a person's to mend, and in what words.</summary>
internal static partial class StartMistakes
{
    /// <summary>One line per mistake; none when the exception is no mistake of configuration or surroundings but one of ours.</summary>
    public static IReadOnlyList<string> Of(Exception exception) => exception switch
    {
        ServiceConfigurationException mistakes => mistakes.Errors,
        OptionsValidationException mistakes => [.. mistakes.Failures],

        // Several sections at once. One among them that we do not know keeps its stack trace, and the others with it.
        AggregateException all when all.InnerExceptions.Select(Of).ToList() is var each && each.TrueForAll(mistakes => mistakes.Count > 0) => [.. each.SelectMany(mistakes => mistakes)],

        // Kestrel's own words name the address: "Failed to bind to address https://127.0.0.1:7001: address already in use."
        IOException taken when Taken().Match(taken.Message) is { Success: true } match =>
            [$"{match.Groups["address"].Value} cannot be listened on: another program has that port. Stop that one, or configure another port."],
        InvalidOperationException { Source: BindingMistake.Binder or "Serilog.Settings.Configuration" } unfit => [BindingMistake.Describe(unfit)],
        InvalidDataException file when Settings().Match(file.Message) is { Success: true } match => [NoJson(match.Groups["path"].Value, file.GetBaseException())],
        IOException or UnauthorizedAccessException => [BindingMistake.OneLine(exception.Message)],
        _ => [],
    };

    /// <summary>A settings file that is no JSON, and where in it.</summary>
    private static string NoJson(string file, Exception cause) =>
        BindingMistake.OneLine(cause is JsonException { LineNumber: { } line }
            // The reader counts from 0, people and editors from 1.
            ? string.Create(CultureInfo.InvariantCulture, $"{file} is no JSON: line {line + 1}: {Place().Replace(cause.Message, string.Empty)}")
            : $"{file} cannot be read: {cause.Message}");

    [GeneratedRegex("^Failed to bind to address (?<address>.+): address already in use\\.$")]
    private static partial Regex Taken();

    [GeneratedRegex("^Failed to load configuration from file '(?<path>.+)'\\.$", RegexOptions.Singleline)]
    private static partial Regex Settings();

    [GeneratedRegex(" (Path: .* \\| )?LineNumber: \\d+ \\| BytePositionInLine: \\d+\\.$")]
    private static partial Regex Place();
}
