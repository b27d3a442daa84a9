using System.Diagnostics;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Databases;
using FooBar.AppHost.State;
using FooBar.BadInput.Tests.Support;
using FooBar.Testing;

namespace FooBar.BadInput.Tests;

/// <summary>A state folder that is not as this version left it. What can be made anew is; what cannot is refused, untouched.</summary>
public sealed class StateTests
{
    [Theory]
    [InlineData("0\n", "0")]
    [InlineData("2\n", "2")]
    [InlineData("17\n", "17")]
    public async Task Up_InAFolderOfAnotherVersion_NamesBothVersions(string content, string found)
    {
        await using StateOfATest state = new();
        state.State.Create();
        await File.WriteAllTextAsync(Path.Combine(state.Path, "version"), content, TestContext.Current.CancellationToken);

        (await state.UpAsync()).AssertRefused(
            $"The state folder {state.Path} has layout version {found}; this foobar reads version 1. Use the release that made it, or give another folder with --state.");
        Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(state.Path, "version"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("three\n")]
    public async Task Up_InAFolderWhoseVersionIsNone_SaysSo(string content)
    {
        await using StateOfATest state = new();
        state.State.Create();
        string version = Path.Combine(state.Path, "version");
        await File.WriteAllTextAsync(version, content, TestContext.Current.CancellationToken);

        (await state.UpAsync()).AssertRefused($"{version} holds no layout version, so {state.Path} is not a state folder of foobar, or is damaged. Give another folder with --state.");
        File.Delete(version);
    }

    [Fact]
    public async Task Up_InAFolderThatIsNotOurs_LeavesItAlone()
    {
        await using StateOfATest state = new();
        Directory.CreateDirectory(state.Path);
        string theirs = Path.Combine(state.Path, "thesis.txt");
        await File.WriteAllTextAsync(theirs, "my life's work", TestContext.Current.CancellationToken);

        (await state.UpAsync()).AssertRefused($"{state.Path} is not empty and not a state folder of foobar. Give another one with --state.");
        (await state.DownAsync("--purge")).AssertRefused($"{state.Path} is not a state folder of foobar; it was left as it is.");
        Assert.Equal([theirs], Directory.GetFileSystemEntries(state.Path));
    }

    [Fact]
    public async Task Up_InAFolderThatIsMountedReadOnly_NamesIt()
    {
        await using StateOfATest state = new();
        state.State.Create();

        FoobarResult up = await Namespaces.RunAsync($"mount --bind {state.Path} {state.Path}; mount -o remount,bind,ro {state.Path}", [], state.Up());

        Assert.Equal(1, up.ExitCode);
        Assert.Matches($"^foobar: The state folder {state.Path} cannot be written: [^\n]*Read-only file system[^\n]* Give another one with --state\\.\n$", up.Error);
    }

    [Theory]
    [InlineData("a \"quoted\" one", "double quote")]
    [InlineData("a back\\slash", "backslash")]
    [InlineData("two\nlines", "control character")]
    public async Task Up_InAFolderThatNoConfigurationCanName_IsWrongUsage(string name, string what)
    {
        await using StateOfATest state = new(name);

        FoobarResult up = await state.UpAsync();

        Assert.Equal((2, $"foobar: --state needs a folder whose path has no {what}. See ./foobar up --help.\n"), (up.ExitCode, up.Error));
        Assert.False(Directory.Exists(state.Path));
    }

    [Fact]
    public async Task Up_InAFolderWhosePathIsTooLong_SaysSo()
    {
        await using StateOfATest state = new(new string('x', 300));

        (await state.UpAsync()).AssertRefused(
            $"The state folder {state.Path} cannot be written: The path '{state.Path}' is too long, or a component of the specified path is too long. Give another one with --state.");
    }

    [Fact]
    public async Task Up_InAFolderOfAnotherUser_NamesIt()
    {
        await using StateOfATest state = new();

        // As an ordinary user root's own folder is such a one; root makes one, and calls the command as an ordinary user.
        string theirs = Environment.IsPrivilegedProcess ? state.Path : "/root";
        if (Environment.IsPrivilegedProcess)
        {
            state.State.Create();
            (await Foobar.RunAsync("chown", ["-R", "65534:65534", theirs])).AssertDone();
            (await Foobar.RunAsync("chmod", ["700", theirs])).AssertDone();
        }

        FoobarResult up = await Namespaces.RunAsync(string.Empty, [], "up", "--state", theirs);

        up.AssertRefused($"The state folder {theirs} cannot be written: Access to the path '{theirs}' is denied. Give another one with --state.");
        FoobarResult purge = await Namespaces.RunAsync(string.Empty, [], "down", "--purge", "--state", theirs);
        Assert.Equal(1, purge.ExitCode);
        Assert.Matches("^foobar: [^\n]+\n$", purge.Error);
    }

    [Fact]
    public async Task Up_InAFolderThatCannotBeMade_NamesIt()
    {
        FoobarResult up = await Namespaces.RunAsync(string.Empty, [], "up", "--state", "/proc/1/foobar");

        Assert.Equal(1, up.ExitCode);
        Assert.Matches("^foobar: The state folder /proc/1/foobar cannot be written: [^\n]+ Give another one with --state\\.\n$", up.Error);
    }

    [Fact]
    public async Task Up_InARelativeFolder_IsTheSameStackByItsFullPath()
    {
        await using StateOfATest state = new();
        string relative = Path.GetRelativePath(RepositoryRoot.Path, state.Path);
        using Process running = await Foobar.StartAsync(Foobar.Script, state.Up().Select(argument => argument == state.Path ? relative : argument));
        Task<string> error = running.StandardError.ReadToEndAsync(CancellationToken.None);
        string? line;
        do
        {
            line = await running.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            if (line is null)
            {
                Assert.Fail($"It ended before it was up: {await error}");
            }
        }
        while (!line.Contains("Ctrl-C stops everything.", StringComparison.Ordinal));
        Task<string> rest = running.StandardOutput.ReadToEndAsync(CancellationToken.None);

        // From another folder the relative name would mean another one.
        int https = state.Options.Ports.Https;
        (await Foobar.RunAsync([.. state.Up().Select(argument => argument == state.Path ? state.Beside("other") : argument)])).AssertRefused(
            $"Port {https}, for the gateway's HTTPS, is in use by the stack in {state.Path} (https://localhost:{https}). Stop it with ./foobar down --state {state.Path}, or move every port with --port-offset {state.Options.PortOffset + 1000}.");

        (await state.DownAsync()).AssertDone();
        await Foobar.EndAsync(running);
        Assert.Equal((0, string.Empty), (running.ExitCode, await error));
        await rest;
        Foobar.AssertNothingRunsIn(state.Path);
    }

    [Theory]
    [InlineData("ca.crt")]
    [InlineData("ca.key")]
    public async Task Up_WithADamagedAuthority_NamesTheFilesAndLeavesThem(string file)
    {
        await using StateOfATest state = new();
        state.State.Create();
        CertificateAuthority.Open(state.State, TimeProvider.System).Dispose();
        string path = Path.Combine(state.State.Certificates, file);
        string torn = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))[..60];
        await File.WriteAllTextAsync(path, torn, TestContext.Current.CancellationToken);

        (await state.UpAsync()).AssertRefused(
            $"The certificate {state.State.CaCertificate} and the key {Path.Combine(state.State.Certificates, "ca.key")} are damaged or do not belong together. Put back the files that belong there; or remove both, and ./foobar up makes a new authority, which you then trust anew where you had trusted this one.");
        Foobar.AssertNothingRunsIn(state.Path);
        Assert.Equal(torn, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("missing")]
    public async Task Up_WithAPasswordThatTheDatabasesDoNotKnow_NamesItsFile(string how)
    {
        await using StateOfATest state = new();
        state.State.Create();
        Secrets secrets = new(state.State);
        MySqlAccounts.RequirePasswords(secrets);
        Directory.CreateDirectory(Path.Combine(state.State.Member(1), "data"));
        string path = secrets.PathOf("foobar_app");
        File.Delete(path);
        if (how == "damaged")
        {
            await File.WriteAllTextAsync(path, "0123\n", TestContext.Current.CancellationToken);
        }

        (await state.UpAsync()).AssertRefused(
            $"The password file {path} is {how}, and the databases know the password that was in it. Put it back from a copy; or begin anew with ./foobar down --purge, which removes the data too.");
        Foobar.AssertNothingRunsIn(state.Path);
    }

    [Fact]
    public async Task Purge_WhileATestRunUsesTheTools_RemovesNothing()
    {
        await using StateOfATest state = new();
        state.State.Create();
        Directory.CreateDirectory(state.State.OwnTools);
        using (IDisposable? use = ToolsUse.Share(state.State.OwnTools))
        {
            (await state.DownAsync("--purge")).AssertRefused(
                $"{state.State.OwnTools} is in use by a test run or by another stack, so nothing was removed. Wait for its end, or stop it; then purge again.");
            Assert.True(File.Exists(Path.Combine(state.Path, "version")));
        }

        (await state.DownAsync("--purge")).AssertDone();
        Assert.False(Directory.Exists(state.Path));
    }

    [Fact]
    public async Task Purge_WhileAnotherUpJustBegan_RemovesNothing()
    {
        await using StateOfATest state = new();
        state.State.Create();
        using (StateLock? taken = StateLock.TryTake(state.State))
        {
            (await state.DownAsync("--purge")).AssertRefused($"Another ./foobar up has just begun in {state.Path}, so nothing was removed. Purge again to stop that one too.");
        }

        (await state.DownAsync("--purge")).AssertDone();
    }
}
