namespace FooBar.ServiceDefaults;

/// <summary>A service cannot start as it is configured. <see cref="ServiceProgram"/> prints each message as a line of its own.</summary>
/// <param name="errors">One message per mistake, each naming the setting, its value and what would be right; never empty.</param>
/// <param name="cause">What was thrown, if anything was.</param>
public class ServiceConfigurationException(IReadOnlyList<string> errors, Exception? cause = null)
    : Exception(string.Join(Environment.NewLine, errors), cause)
{
    /// <summary>One message per mistake; never empty.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
