using System.Globalization;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed class SwitchoverOptionsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Defaults_AreTheDocumentedOnes()
    {
        SwitchoverOptions options = new();

        Assert.Equal(TimeSpan.FromSeconds(1), options.TransactionsEnd);
        Assert.Equal(TimeSpan.FromSeconds(5), options.CatchUp);
        Assert.Equal("", options.ReplicationUser);
        Assert.Null(options.ReplicationPassword);
        Assert.Null(options.CertificateAuthorityPath);
        options.Validate();
    }

    [Fact]
    public void Validate_LeastAndMostOfEverything_Passes()
    {
        new SwitchoverOptions { TransactionsEnd = TimeSpan.FromSeconds(1), CatchUp = TimeSpan.FromTicks(1) }.Validate();
        new SwitchoverOptions { TransactionsEnd = TimeSpan.FromHours(1), CatchUp = TimeSpan.FromHours(1) }.Validate();
    }

    [Theory]
    [InlineData("-00:00:01")]
    [InlineData("00:00:00")]
    [InlineData("00:00:00.9990000")]
    [InlineData("00:00:01.5000000")]
    [InlineData("01:00:01")]
    [InlineData("10675199.02:48:05.4775807")]
    public void Validate_TransactionsEndOutOfRange_NamesThePropertyAndTheValue(string value) => Refused(
        $"SwitchoverOptions.TransactionsEnd is {value}: it must be whole seconds, at least one, and at most 01:00:00.",
        new() { TransactionsEnd = TimeSpan.Parse(value, CultureInfo.InvariantCulture) });

    [Theory]
    [InlineData("-00:00:00.0010000")]
    [InlineData("00:00:00")]
    [InlineData("01:00:00.0000001")]
    [InlineData("10675199.02:48:05.4775807")]
    public void Validate_CatchUpOutOfRange_NamesThePropertyAndTheValue(string value) => Refused(
        $"SwitchoverOptions.CatchUp is {value}: it must be longer than zero, and at most 01:00:00.",
        new() { CatchUp = TimeSpan.Parse(value, CultureInfo.InvariantCulture) });

    [Fact]
    public void Validate_NoUser_NamesTheProperty() => Refused(
        "SwitchoverOptions.ReplicationUser is null: leave it empty for a group.", new() { ReplicationUser = null! });

    [Fact]
    public async Task SwitchOver_OptionOutOfRange_IsRefusedBeforeAnythingIsDone()
    {
        await using FakeCluster cluster = new();
        await cluster.UntilReady();

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => cluster.Database.SwitchOverAsync("db-2", new() { CatchUp = TimeSpan.FromSeconds(-1) }, Ct));

        Assert.Equal("SwitchoverOptions.CatchUp is -00:00:01: it must be longer than zero, and at most 01:00:00.", refused.Message);
        Assert.Null(cluster.Database.Topology.Switchover);
    }

    private static void Refused(string message, SwitchoverOptions options) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(options.Validate).Message);
}
