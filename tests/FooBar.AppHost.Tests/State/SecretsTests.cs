using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.State;

public sealed class SecretsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public SecretsTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Password_OfAnAccount_Is32HexadecimalDigitsInAFileOfTheOwnersAlone()
    {
        Secrets secrets = new(_state);

        Assert.Matches("^[0-9a-f]{32}$", secrets.Password("foobar_app"));
        Assert.Equal(Path.Combine(_state.Path, "secrets", "foobar_app.password"), secrets.PathOf("foobar_app"));
        Assert.Equal(secrets.Password("foobar_app"), File.ReadAllText(secrets.PathOf("foobar_app")));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(secrets.PathOf("foobar_app")));
    }

    [Fact]
    public void Password_OfAnAccount_StaysTheSameAcrossStarts()
    {
        Assert.Equal(new Secrets(_state).Password("foobar_app"), new Secrets(_state).Password("foobar_app"));
    }

    [Fact]
    public async Task Password_AskedForSideBySide_IsOne()
    {
        Secrets secrets = new(_state);
        for (int round = 0; round < 50; round++)
        {
            string account = $"account-{round}";
            using Barrier start = new(4);
            string[] passwords = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return secrets.Password(account);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.Single(passwords.Distinct());
        }
    }

    [Fact]
    public void GatewayToken_IsMadeOnceAndStays()
    {
        Secrets secrets = new(_state);

        secrets.RequireGatewayToken();
        string token = File.ReadAllText(secrets.GatewayTokenPath);
        secrets.RequireGatewayToken();

        Assert.Matches("^[0-9a-f]{64}\n$", token);
        Assert.Equal(token, File.ReadAllText(secrets.GatewayTokenPath));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(secrets.GatewayTokenPath));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg")]
    public void GatewayToken_ThatIsDamaged_IsMadeAnew(string damaged)
    {
        Secrets secrets = new(_state);
        File.WriteAllText(secrets.GatewayTokenPath, damaged);

        secrets.RequireGatewayToken();

        Assert.Matches("^[0-9a-f]{64}\n$", File.ReadAllText(secrets.GatewayTokenPath));
    }

    [Fact]
    public void Password_OfEachAccount_IsItsOwn()
    {
        Secrets secrets = new(_state);

        Assert.NotEqual(secrets.Password("foobar_app"), secrets.Password("foobar_monitor"));
    }
}
