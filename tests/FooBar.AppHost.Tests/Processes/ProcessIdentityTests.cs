using System.Diagnostics;
using FooBar.AppHost.Processes;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Processes;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void Identity_OfThisProcess_IsAliveAndStable()
    {
        ProcessIdentity identity = Assert.IsType<ProcessIdentity>(ProcessIdentity.Of(Environment.ProcessId));

        Assert.Equal(Environment.ProcessId, identity.Id);
        Assert.True(identity.IsAlive);
        Assert.Equal(identity, ProcessIdentity.Of(Environment.ProcessId));
    }

    [Fact]
    public void Identity_OfAnIdThatAnotherProcessHasNow_IsNotAlive()
    {
        ProcessIdentity identity = ProcessIdentity.Of(Environment.ProcessId)!;

        Assert.False((identity with { StartTicks = identity.StartTicks - 1 }).IsAlive);
    }

    [Fact]
    public void Identity_OfNoProcess_IsNull()
    {
        // pid_max is at most 2^22.
        Assert.Null(ProcessIdentity.Of(int.MaxValue));
        Assert.False(new ProcessIdentity(int.MaxValue, 1).IsAlive);
    }

    [Fact]
    public async Task Identity_OfAProcessWithAnAwkwardName_IsFound()
    {
        using TemporaryFolder folder = new();
        string program = folder["a) Z b"]; // Read up to the first parenthesis, it would pass for a zombie.
        File.Copy("/bin/sleep", program);
        using Process process = await TestProcess.StartAsync("KILL", program, ["1000"]);
        try
        {
            string name = string.Empty;
            await Eventually.TrueAsync(() => (name = File.ReadAllText($"/proc/{process.Id}/comm")).StartsWith("a) Z", StringComparison.Ordinal), () => $"its name is '{name}'");

            Assert.True(ProcessIdentity.Of(process.Id)!.IsAlive);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Identity_OfAZombie_IsNull()
    {
        // The shell becomes a program that never waits for the child it inherits. The child must not end before: a shell does wait.
        using Process parent = await TestProcess.StartAsync("KILL", "/bin/sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], start => start.RedirectStandardOutput = true);
        try
        {
            int id = int.Parse((await parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!, System.Globalization.CultureInfo.InvariantCulture);
            await Eventually.TrueAsync(() => File.ReadAllText($"/proc/{parent.Id}/comm") == "sleep\n", () => "the shell is still a shell");
            Signals.Send(id, Signals.Kill);
            string stat = string.Empty;
            await Eventually.TrueAsync(() => (stat = File.ReadAllText($"/proc/{id}/stat")).Contains(") Z ", StringComparison.Ordinal), () => $"no zombie: {stat}");

            Assert.Null(ProcessIdentity.Of(id));
        }
        finally
        {
            parent.Kill();
            await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
