using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// Where the configuration comes from, so that it can be read again: the settings files, the environment, the command line. Reading makes new
/// providers each time; a file that is broken in the middle of a reload leaves what is in force untouched. Thread-safe.
/// </summary>
internal sealed class ConfigurationSources
{
    /// <summary>The key that names one more settings file; see <see cref="AddSettingsFile"/>.</summary>
    public const string SettingsFileKey = "SettingsFile";

    private readonly IConfigurationSource[] _sources;

    /// <summary>The sources as they are now.</summary>
    public ConfigurationSources(IConfigurationBuilder builder)
    {
        _sources = [.. builder.Sources];
        Files =
        [
            .. _sources.OfType<JsonConfigurationSource>()
                .Select(source => source.FileProvider?.GetFileInfo(source.Path ?? "").PhysicalPath)
                .OfType<string>()
                .Distinct(),
        ];
    }

    /// <summary>Absolute paths of the settings files, whether they are there or not.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>
    /// Adds the JSON file that <see cref="SettingsFileKey"/> names, if it names one: above appsettings.json and below the environment. A process
    /// cannot be given another environment while it runs, but another file.
    /// </summary>
    /// <exception cref="GatewayConfigurationException">The path is not absolute, or there is no such file.</exception>
    public static void AddSettingsFile(ConfigurationManager configuration)
    {
        if (configuration[SettingsFileKey] is not { } path)
            return;
        if (!Path.IsPathFullyQualified(path))
            throw new GatewayConfigurationException([$"{SettingsFileKey} is \"{path}\"; it must be an absolute path."]);
        if (!File.Exists(path))
            throw new GatewayConfigurationException([$"{SettingsFileKey} is \"{path}\"; there is no such file."]);

        JsonConfigurationSource source = new()
        {
            Path = Path.GetFileName(path),
            FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(path)!),
            ReloadOnChange = false,
        };
        IList<IConfigurationSource> sources = ((IConfigurationBuilder)configuration).Sources;
        int environment = sources.IndexOf(sources.LastOrDefault(candidate => candidate is EnvironmentVariablesConfigurationSource)!);
        sources.Insert(environment < 0 ? sources.Count : environment, source);
    }

    /// <summary>Reads all of them.</summary>
    /// <exception cref="InvalidDataException">A settings file is no JSON.</exception>
    public IConfiguration Read()
    {
        ConfigurationBuilder builder = new();
        foreach (IConfigurationSource source in _sources)
            builder.Add(source);
        return builder.Build();
    }
}
