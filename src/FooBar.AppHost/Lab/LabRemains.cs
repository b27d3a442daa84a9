using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>What a lab leaves when both of its processes that clean up are killed at once: empty cgroups and the run folder.</summary>
internal static class LabRemains
{
    /// <summary>Removes them; none is fine. The lab must not be up.</summary>
    public static async Task RemoveAsync(LabFolder folder)
    {
        if (LabRecord.Read(folder) is { } record && File.Exists(folder.Scripts.Remains))
        {
            await Tool.RunAsync("bash", ["-c", ". \"$0\"; remove_remains \"$1\" \"$2\"", folder.Scripts.Remains, folder.Run, record.Group], CancellationToken.None);
        }

        // One that died before it had a record has a folder at most.
        await LabFiles.DeleteAsync(folder.Run);
    }
}
