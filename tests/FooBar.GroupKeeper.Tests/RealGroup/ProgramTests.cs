namespace FooBar.GroupKeeper.Tests.RealGroup;

/// <summary>The program, started as an operator starts it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-keeper-").FullName;
    private readonly Dictionary<string, string> _settings;

    public ProgramTests()
    {
        string file = Path.Combine(_folder, "secret");
        File.WriteAllText(file, "secret");
        Directory.CreateDirectory(State);
        _settings = new()
        {
            ["Service__Name"] = "app-1-keeper",
            ["Admin__Port"] = "0",
            ["Keeper__Name"] = "app-1",
            ["Keeper__CaPath"] = file,
            ["Keeper__StatePath"] = State,
            ["Keeper__Local__User"] = "keeper",
            ["Keeper__Local__PasswordFile"] = file,
            ["Keeper__Peer__User"] = "monitor",
            ["Keeper__Peer__PasswordFile"] = file,
            ["Keeper__Replication__User"] = "replication",
            ["Keeper__Replication__PasswordFile"] = file,
            ["Keeper__Members__0__Name"] = "app-1",
            ["Keeper__Members__0__Host"] = "10.0.0.1",
            ["Keeper__Members__1__Name"] = "app-2",
            ["Keeper__Members__1__Host"] = "10.0.0.2",
        };
    }

    private string State => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_OfRightSettings_SaysSo() => Assert.Equal((0, "The configuration is valid."), await RunAsync("--check"));

    [Theory]
    [InlineData("Keeper__Name", "app-9", "Keeper:Name is 'app-9'; it must be one of Keeper:Members: app-1, app-2.")]
    [InlineData("Keeper__Members__0__Port", "x", "Keeper:Members:0:Port is 'x'; it must be a whole number.")]
    [InlineData("Keeper__Members__0__Prot", "1", "The configuration has 'Prot' where MemberSettings has no such setting; correct the spelling or remove it.")]
    public async Task Check_OfAWrongSetting_SaysWhichAndWhatWouldBeRight(string setting, string value, string line)
    {
        _settings[setting] = value;

        Assert.Equal((1, line), await RunAsync("--check"));
    }

    [Fact]
    public async Task Order_ThatIsRight_IsLeft()
    {
        Assert.Equal(
            (0, "The order is left for the keeper of app-1, which says in its log what becomes of it. Give the same order on every host that is left."),
            await RunAsync("--form-without", "app-2"));
        Assert.Equal("app-2\n", File.ReadAllText(Path.Combine(State, "form-without")));
    }

    [Theory]
    [InlineData("app-3", "--form-without: 'app-3' is no member of the group; these are: app-1, app-2.")]
    [InlineData("app-1", "--form-without: app-1 is the member that is kept here; give the order on the hosts that are left.")]
    [InlineData("--check", "--form-without: an order to form the group names nobody; it must name members of the group, e.g. app-2.")]
    public async Task Order_ThatIsWrong_IsNotLeft(string names, string line)
    {
        Assert.Equal((1, line), await RunAsync("--form-without", names));
        Assert.Empty(Directory.GetFiles(State));
    }

    [Fact]
    public async Task Order_WithoutTheSettings_SaysWhatItNeeds()
    {
        _settings["Keeper__Name"] = "";

        Assert.Equal(
            (1, $"--form-without needs the settings of the process that runs: Keeper:Name is '', Keeper:StatePath is '{State}', Keeper:Members has 2 members. Load its environment file first."),
            await RunAsync("--form-without", "app-2"));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        (int exitCode, string output) = await KeeperProcess.RunAsync(_settings, arguments);
        return (exitCode, output.Trim());
    }
}
