using System.Text.Json;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>A settings file that a test writes anew while the gateway runs. It goes with this object.</summary>
internal sealed class SettingsFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-settings-").FullName;

    public string Path => System.IO.Path.Join(_folder, "gateway.json");

    /// <summary>The argument that names it.</summary>
    public string Argument => $"--SettingsFile={Path}";

    /// <summary>Replaces its content: settings below the section <c>Gateway</c>, as <c>Key:Sub=value</c>.</summary>
    public SettingsFile Write(params IEnumerable<string> settings)
    {
        Dictionary<string, string> pairs = settings.ToDictionary(setting => "Gateway:" + setting.Split('=', 2)[0], setting => setting.Split('=', 2)[1]);
        return WriteText(JsonSerializer.Serialize(pairs));
    }

    /// <summary>Replaces its content by what need not be JSON.</summary>
    public SettingsFile WriteText(string text)
    {
        string next = Path + ".new";
        File.WriteAllText(next, text);
        File.Move(next, Path, overwrite: true);
        return this;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
