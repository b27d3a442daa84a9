using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults;

/// <summary>Who this process is, in its logs and metrics. Configuration section <c>Service</c>.</summary>
internal sealed class ServiceOptions
{
    public const string Section = "Service";

    /// <summary>
    /// The name of the process among its peers, e.g. <c>web-1</c>: 1 to 63 letters, digits, <c>-</c>, <c>_</c> or <c>.</c>.
    /// Default: the application's assembly name.
    /// </summary>
    public string? Name { get; set; }
}

internal sealed class ServiceOptionsValidator : IValidateOptions<ServiceOptions>
{
    private const int LongestName = 63;

    public ValidateOptionsResult Validate(string? name, ServiceOptions options) =>
        options.Name is { Length: > 0 and <= LongestName } service && service.All(IsNameCharacter)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Service:Name is '{options.Name}': it must be 1 to {LongestName} letters, digits, '-', '_' or '.', e.g. web-1.");

    private static bool IsNameCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';
}
