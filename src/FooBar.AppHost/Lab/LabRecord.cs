using System.Text.Json;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Lab;

/// <summary>Who the lab of a folder is.</summary>
/// <param name="Group">The name of its cgroup, in each hierarchy.</param>
/// <param name="Guard">The process that cleans up after it; null until it runs.</param>
/// <param name="Init">The first process of its namespaces; null until they are there.</param>
internal sealed record LabRecord(string Group, ProcessIdentity? Guard, ProcessIdentity? Init)
{
    public static LabRecord? Read(LabFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize<LabRecord>(File.ReadAllText(folder.RecordFile));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    public void Write(LabFolder folder) => PrivateFile.Write(folder.RecordFile, JsonSerializer.Serialize(this));
}
