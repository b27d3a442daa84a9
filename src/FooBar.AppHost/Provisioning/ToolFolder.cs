using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Provisioning;

/// <summary>A folder that a tool is unpacked into before it is renamed to its own name.</summary>
internal static class ToolFolder
{
    /// <summary>Notes what it holds, and has the kernel write all of it: after a power cut, a renamed folder may otherwise hold empty files.</summary>
    public static async Task SealAsync(string folder, CancellationToken cancellationToken)
    {
        ToolManifest.Write(folder);
        await Tool.RunAsync("sync", ["--file-system", folder], cancellationToken);
    }

    /// <summary>Gives the room back after a failure; what cannot be removed now, the next start removes.</summary>
    public static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Nothing was made yet, or a program that was just ended still writes into it.
        }
    }
}
