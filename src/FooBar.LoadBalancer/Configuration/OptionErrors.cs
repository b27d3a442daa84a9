using System.Globalization;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>Collects what is wrong with the options, in words that name the option, its value and what it must be. Not thread-safe.</summary>
internal sealed class OptionErrors
{
    private readonly List<string> _messages = [];

    /// <summary>One message per mistake, in the order in which they were found.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Adds a mistake. <paramref name="message"/> begins with the option's key below the section and has no full stop.</summary>
    public void Add(string message) => _messages.Add($"{GatewayOptions.Section}:{message}.");

    /// <summary>Adds a mistake unless <paramref name="value"/> is from <paramref name="lowest"/> to <paramref name="highest"/>.</summary>
    public void Range<T>(string key, T value, T lowest, T highest)
        where T : IComparable<T>
    {
        if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            Add(string.Create(CultureInfo.InvariantCulture, $"{key} is {value}; it must be from {lowest} to {highest}"));
    }

    /// <summary>Adds a mistake unless a file is named. Whether it is there is seen when it is read.</summary>
    public void File(string key, string? path)
    {
        if (string.IsNullOrWhiteSpace(path))
            Add($"{key} is not set; it must name a PEM file");
    }

    /// <summary>Adds a mistake unless a path is absolute, or not given at all.</summary>
    public void AbsolutePath(string key, string? path)
    {
        if (path is not null && !Path.IsPathFullyQualified(path))
            Add($"{key} is \"{path}\"; it must be an absolute path");
    }
}
