using System.Globalization;
using System.Text.RegularExpressions;

namespace FooBar.ServiceDefaults;

/// <summary>A value that the configuration binder could not put into its option, in the words of our validators. Thread-safe.</summary>
public static partial class BindingMistake
{
    internal const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>One line: the setting, its value and what would be right.</summary>
    /// <param name="exception">What the binder threw, such as "Failed to convert configuration value 'x' at 'Web:HttpsPort' to type 'System.Int32'."</param>
    public static string Describe(InvalidOperationException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        // In a list, the binder says which key it was one exception further in.
        while (exception.InnerException is InvalidOperationException { Source: Binder } cause)
        {
            exception = cause;
        }

        if (Unknown().Match(exception.Message) is { Success: true } unknown)
        {
            return $"The configuration has {unknown.Groups["keys"].Value} where {unknown.Groups["type"].Value} has no such setting; correct the spelling or remove it.";
        }

        Match match = Conversion().Match(exception.Message);
        if (!match.Success)
        {
            return OneLine(exception.Message);
        }

        string type = match.Groups["type"].Value;
        string wanted = type switch
        {
            "System.Int32" or "System.Int64" => "a whole number",
            "System.Double" => "a number",
            "System.Boolean" => "true or false",
            "System.TimeSpan" => "a duration, e.g. 00:00:05",
            _ => Type.GetType(type) is null ? "one of the values that its documentation names" : string.Create(CultureInfo.InvariantCulture, $"a {type}"),
        };
        return $"{match.Groups["key"].Value} is '{match.Groups["value"].Value}'; it must be {wanted}.";
    }

    internal static string OneLine(string text) => LineBreaks().Replace(text.Trim(), " ");

    [GeneratedRegex("properties were not found on the instance of (?:.*\\.)?(?<type>\\w+): (?<keys>.+)$")]
    private static partial Regex Unknown();

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>.+)' to type '(?<type>.+)'\\.$", RegexOptions.Singleline)]
    private static partial Regex Conversion();

    [GeneratedRegex("\\s*[\r\n]+\\s*")]
    private static partial Regex LineBreaks();
}
