using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Machine;

/// <summary>The .NET SDK that runs us.</summary>
internal static class Dotnet
{
    /// <summary>The <c>dotnet</c> program: the one that this process runs in.</summary>
    public static string Program { get; } = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    /// <summary>Runs an SDK command; on failure throws with the first error that the compiler or the restore printed.</summary>
    public static async Task RunAsync(string what, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // The compiler leaves folders in the temporary folder; ours goes with the other build products.
        string temporary = Directory.CreateDirectory(Path.Combine(Checkout.Artifacts, "tmp")).FullName;
        ToolResult result = await Tool.RunAsync(
            Program, arguments, cancellationToken, workingDirectory: Checkout.Root, environment: new Dictionary<string, string> { ["TMPDIR"] = temporary });
        if (result.ExitCode != 0)
        {
            string log = Path.Combine(Checkout.Artifacts, "build-error.log");
            await File.WriteAllTextAsync(log, result.Output + result.Error, CancellationToken.None);
            string error = result.Output.Split('\n').FirstOrDefault(line => line.Contains("error ", StringComparison.Ordinal))?.Trim() ?? result.Reason;
            throw new FoobarException($"{what} could not be built: {error} (all of it: {log})");
        }
    }
}
