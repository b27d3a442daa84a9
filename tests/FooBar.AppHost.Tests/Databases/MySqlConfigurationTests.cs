using FooBar.AppHost.Certificates;
using FooBar.AppHost.Databases;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.Databases;

public sealed class MySqlConfigurationTests
{
    private static readonly StateFolder State = new("/my c#");

    private readonly Dictionary<string, string> _settings = Settings(MySqlConfiguration.InGroup(
        23307,
        "/my c#/db-2",
        "0f9de5d8-5f0f-4c43-8a0c-6ad9b9e66f4e",
        [.. Enumerable.Range(1, 3).Select(number => new MySqlMember(number, 13305 + number, 23305 + number, new MySqlInstallation("/mysql", "8.4.5"), State, new Secrets(State)))]));

    private readonly Dictionary<string, string> _classic = Settings(MySqlConfiguration.Classic);

    [Theory]
    [InlineData("bind-address", "127.0.0.1")]
    [InlineData("mysqlx", "OFF")]
    [InlineData("local-infile", "OFF")]
    [InlineData("secure-file-priv", "NULL")]
    [InlineData("skip-name-resolve", "ON")]
    [InlineData("group-replication-ip-allowlist", "127.0.0.1")]
    public void Server_IsReachableFromThisMachineAlone_AndReadsNoFiles(string setting, string expected) => Assert.Equal(expected, _settings[setting]);

    [Theory]
    [InlineData("require-secure-transport", "ON")]
    [InlineData("tls-version", "TLSv1.2,TLSv1.3")]
    [InlineData("ssl-ca", "/my c#/db-2/ca.crt")]
    [InlineData("ssl-cert", "/my c#/db-2/server.crt")]
    [InlineData("ssl-key", "/my c#/db-2/server.key")]
    [InlineData("group-replication-ssl-mode", "VERIFY_IDENTITY")]
    [InlineData("group-replication-recovery-use-ssl", "ON")]
    [InlineData("group-replication-recovery-ssl-verify-server-cert", "ON")]
    [InlineData("group-replication-recovery-ssl-ca", "/my c#/db-2/ca.crt")]
    public void Connections_OfClientsAndOfMembers_AreVerifiedTls(string setting, string expected) => Assert.Equal(expected, _settings[setting]);

    [Theory]
    [InlineData("sync-binlog", "1")]
    [InlineData("innodb-flush-log-at-trx-commit", "1")]
    public void Commit_ThatWasAcknowledged_SurvivesAPowerCut(string setting, string expected) => Assert.Equal(expected, _settings[setting]);

    [Theory]
    [InlineData("innodb-doublewrite")]
    [InlineData("skip-log-bin")]
    [InlineData("disable-log-bin")]
    [InlineData("skip-grant-tables")]
    public void Settings_ThatWouldCostSafety_AreLeftAtTheirDefault(string setting) => Assert.DoesNotContain(setting, _settings.Keys);

    [Theory]
    [InlineData("gtid-mode", "ON")]
    [InlineData("enforce-gtid-consistency", "ON")]
    [InlineData("session-track-gtids", "OWN_GTID")]
    [InlineData("session-track-state-change", "ON")]
    public void Commits_CarryTheGtidThatCausalReadsNeed(string setting, string expected) => Assert.Equal(expected, _settings[setting]);

    [Fact]
    public void Locks_AreWaitedForNoLongerThanAnOperationHasTime() => Assert.Equal("5", _settings["innodb-lock-wait-timeout"]);

    [Theory]
    [InlineData("super-read-only", "ON")]
    [InlineData("group-replication-start-on-boot", "OFF")]
    [InlineData("group-replication-member-expel-timeout", "0")]
    [InlineData("group-replication-unreachable-majority-timeout", "10")]
    public void Member_WritesNothingBeforeTheGroupSaysSo_AndDoesNotWaitForEver(string setting, string expected) => Assert.Equal(expected, _settings[setting]);

    [Fact]
    public void Member_HasItsOwnIdentityAndKnowsAllOthers()
    {
        Assert.Equal("2", _settings["server-id"]);
        Assert.Equal("13307", _settings["port"]);
        Assert.Equal("13307", _settings["report-port"]);
        Assert.Equal("127.0.0.1", _settings["report-host"]);
        Assert.Equal("/my c#/db-2/data", _settings["datadir"]);
        Assert.Equal("127.0.0.1:23307", _settings["group-replication-local-address"]);
        Assert.Equal("127.0.0.1:23306,127.0.0.1:23307,127.0.0.1:23308", _settings["group-replication-group-seeds"]);
        Assert.Equal("0f9de5d8-5f0f-4c43-8a0c-6ad9b9e66f4e", _settings["group-replication-group-name"]);
    }

    [Fact]
    public void Socket_IsNamedRelatively_SoThatADeepStateFolderFitsItsAddress() => Assert.False(Path.IsPathRooted(_settings["socket"]));

    [Theory]
    [InlineData("super-read-only", "ON")]
    [InlineData("replicate-same-server-id", "ON")]
    [InlineData("relay-log-recovery", "ON")]
    [InlineData("replica-net-timeout", "5")]
    public void MemberOfClassicReplication_ComesBackClosed_AndHoldsWhatItsSourceHolds(string setting, string expected) => Assert.Equal(expected, _classic[setting]);

    [Fact]
    public void MemberOfClassicReplication_KnowsNoGroup_AndIsOtherwiseTheSame()
    {
        Assert.DoesNotContain(_classic.Keys, setting => setting.Contains("group", StringComparison.Ordinal) || setting.StartsWith("plugin", StringComparison.Ordinal));
        Assert.Equal(Common(_settings), Common(_classic));
        static IEnumerable<string> Common(Dictionary<string, string> settings) => settings.Select(setting => $"{setting.Key}={setting.Value}").TakeWhile(line => line != "super-read-only=ON");
    }

    private static Dictionary<string, string> Settings(string replication) => Read(MySqlConfiguration.Write(
        2,
        13307,
        "/my c#/db-2",
        new CertificateFiles("/my c#/db-2/server.crt", "/my c#/db-2/server.key"),
        replication));

    /// <summary>
    /// Reads an option file as MySQL does: comments, also behind a value that is not in quotes; NAME=VALUE; the loose- prefix as if it were
    /// not there.
    /// </summary>
    private static Dictionary<string, string> Read(string configuration)
    {
        string[] lines = [.. configuration.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.Equal("[mysqld]", lines[0]);
        return lines[1..].Select(line => line.Split('=', 2)).ToDictionary(
            pair => pair[0].StartsWith("loose-", StringComparison.Ordinal) ? pair[0]["loose-".Length..] : pair[0],
            pair => pair[1].StartsWith('"') ? pair[1].Trim('"') : pair[1].Split('#')[0].Trim());
    }
}
