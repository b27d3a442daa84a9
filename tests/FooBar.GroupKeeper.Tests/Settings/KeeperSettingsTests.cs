using FooBar.GroupKeeper.Looks;
using FooBar.GroupKeeper.Settings;

namespace FooBar.GroupKeeper.Tests.Settings;

public sealed class KeeperSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-keeper-").FullName;
    private readonly string _file;
    private readonly KeeperSettings _right;

    public KeeperSettingsTests()
    {
        _file = Path.Combine(_folder, "password");
        File.WriteAllText(_file, "a password\n");
        _right = new KeeperSettings
        {
            Name = "db-1",
            CaPath = _file,
            StatePath = _folder,
            Local = { User = "keeper", PasswordFile = _file },
            Peer = { User = "monitor", PasswordFile = _file },
            Replication = { User = "replication", PasswordFile = _file },
            Members = { new() { Name = "db-1", Host = "10.0.0.1" }, new() { Name = "db-2", Host = "10.0.0.2" } },
        };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Settings_ThatAreRight_AreTaken()
    {
        AssertMistakes();
        Assert.Equal((3306, 33061, 50), (_right.Members[0].Port, _right.Members[0].GroupPort, _right.Members[0].Weight));
        Assert.Equal(1, Changed(settings => settings.Name = "db-2").Own());
    }

    [Fact]
    public void Edges_AreTaken()
    {
        foreach (int port in (int[])[1, 65_535])
        {
            (_right.Members[0].Port, _right.Members[0].GroupPort) = (port, port);
            AssertMistakes();
        }

        foreach (int weight in (int[])[0, 100])
        {
            _right.Members[0].Weight = weight;
            AssertMistakes();
        }
    }

    [Fact]
    public void Name_OfNobody_IsRefused()
    {
        _right.Name = "db-9";
        AssertMistakes("Keeper:Name is 'db-9'; it must be one of Keeper:Members: db-1, db-2.");
    }

    [Fact]
    public void Members_None_AreRefused()
    {
        _right.Members.Clear();
        AssertMistakes("Keeper:Members has 0 members; it must have 1 to 9, with Keeper:Members:0:Name, :Host and :Port and so on.");
    }

    [Fact]
    public void Members_TooMany_AreRefused()
    {
        for (int number = 3; number <= 10; number++)
        {
            _right.Members.Add(new() { Name = $"db-{number}", Host = $"10.0.0.{number}" });
        }

        AssertMistakes("Keeper:Members has 10 members; it must have 1 to 9, with Keeper:Members:0:Name, :Host and :Port and so on.");
    }

    [Fact]
    public void Members_OfOneName_AreRefused()
    {
        _right.Members[1].Name = "db-1";
        AssertMistakes("Keeper:Members has 2 members named 'db-1'; names must be unique.");
    }

    [Fact]
    public void Members_AtOneAddress_AreRefused()
    {
        _right.Members[1].Host = "10.0.0.1";
        AssertMistakes("Keeper:Members has 'db-1' and 'db-2' both at 10.0.0.1:3306; each is a server of its own.");
    }

    [Theory]
    [InlineData("db 2", "10.0.0.2", 3306, 33061, 50, "Keeper:Members:1:Name is 'db 2'; it must be 1 to 63 letters, digits, '-', '_' or '.', e.g. db-1.")]
    [InlineData("db-2", "", 3306, 33061, 50, "Keeper:Members:1:Host is empty; it names the server as its certificate and its report_host do.")]
    [InlineData("db-2", "10.0.0.2", 0, 33061, 50, "Keeper:Members:1:Port is 0; it must be between 1 and 65535.")]
    [InlineData("db-2", "10.0.0.2", 65536, 33061, 50, "Keeper:Members:1:Port is 65536; it must be between 1 and 65535.")]
    [InlineData("db-2", "10.0.0.2", 3306, 0, 50, "Keeper:Members:1:GroupPort is 0; it must be between 1 and 65535.")]
    [InlineData("db-2", "10.0.0.2", 3306, 65536, 50, "Keeper:Members:1:GroupPort is 65536; it must be between 1 and 65535.")]
    [InlineData("db-2", "10.0.0.2", 3306, 33061, -1, "Keeper:Members:1:Weight is -1; it must be between 0 and 100.")]
    [InlineData("db-2", "10.0.0.2", 3306, 33061, 101, "Keeper:Members:1:Weight is 101; it must be between 0 and 100.")]
    public void Member_WithAWrongValue_IsRefused(string name, string host, int port, int groupPort, int weight, string line)
    {
        _right.Members[1] = new() { Name = name, Host = host, Port = port, GroupPort = groupPort, Weight = weight };
        AssertMistakes(line);
    }

    [Fact]
    public void Files_ThatAreMissing_AreNamed()
    {
        (_right.CaPath, _right.StatePath, _right.Local.PasswordFile, _right.Peer.User) = ("/nowhere/ca", "/nowhere", "", "");
        AssertMistakes(
            "Keeper:CaPath is '/nowhere/ca', and there is no such file; it names the PEM file of the authority that signed the servers' certificates.",
            "Keeper:Local:PasswordFile is empty; it names the file with that account's password.",
            "Keeper:Peer:User is empty.",
            "Keeper:StatePath is '/nowhere', and there is no such folder; it names the one for what outlives this process.");
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("back\\slash")]
    [InlineData("tab\t")]
    [InlineData("")]
    [InlineData("a password that is longer than 32")]
    public void ReplicationPassword_ThatCannotBeALiteral_IsRefused(string password)
    {
        string file = Path.Combine(_folder, "replication");
        File.WriteAllText(file, password);
        _right.Replication.PasswordFile = file;
        AssertMistakes($"Keeper:Replication:PasswordFile is '{file}'; its first line must be 1 to 32 printable ASCII characters without ' and \\.");
    }

    [Fact]
    public void ReplicationUser_ThatCannotBeALiteral_IsRefused()
    {
        _right.Replication.User = "o'brien";
        AssertMistakes("Keeper:Replication:User is 'o'brien'; it must be of printable ASCII without ' and \\.");
    }

    [Fact]
    public void Server_AsItMustBe_HasNoMistakes() => Assert.Empty(Server().Mistakes(_right));

    [Fact]
    public void Server_ConfiguredOtherwise_IsTold() => Assert.Equal(
        [
            "report_host and report_port are app-1:3307; they must be 10.0.0.1:3306, by which the members are told apart",
            "group_replication_local_address is 10.0.0.1:1; it must be 10.0.0.1:33061",
            "group_replication_group_seeds is '10.0.0.1:33061'; it lacks 10.0.0.2:33061",
            "group_replication_start_on_boot is ON; it must be OFF, because only this process knows whether it may join",
            "group_replication_autorejoin_tries is 3; it must be 0, because only this process knows whether it may join",
            "group_replication_unreachable_majority_timeout is 0, so that a minority waits for ever; it must be some seconds, e.g. 10",
        ],
        new ServerSettings("app-1", 3307, "10.0.0.1:1", "10.0.0.1:33061", true, 3, 0).Mistakes(_right));

    private static ServerSettings Server() => new("10.0.0.1", 3306, "10.0.0.1:33061", "10.0.0.1:33061, 10.0.0.2:33061", false, 0, 10);

    private KeeperSettings Changed(Action<KeeperSettings> change)
    {
        change(_right);
        return _right;
    }

    private void AssertMistakes(params string[] lines) => Assert.Equal(lines, new KeeperSettingsValidator().Validate(null, _right).Failures ?? []);
}
