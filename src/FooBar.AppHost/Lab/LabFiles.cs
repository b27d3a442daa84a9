using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>Folders that hold a whole system: devices, links to anywhere, files that are immutable to all but rm(1).</summary>
internal static class LabFiles
{
    /// <summary>Removes a folder with all that it holds, but nothing that is mounted into it; none is fine.</summary>
    /// <exception cref="FoobarException">Something of it could not be removed.</exception>
    public static async Task DeleteAsync(string folder)
    {
        ToolResult result = await Tool.RunAsync("rm", ["-rf", "--one-file-system", "--", folder], CancellationToken.None);
        if (result.ExitCode != 0)
        {
            throw new FoobarException($"{folder} could not be removed: {result.Reason}");
        }
    }
}
