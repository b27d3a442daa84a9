using System.Globalization;
using FooBar.Testing;
using FooBar.Web.Database;
using FooBar.Web.Hosting;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Tests.Hosting;

public sealed class OptionsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-options-");
    private readonly MySqlCertificates _certificates;
    private readonly string _file;

    public OptionsTests()
    {
        _certificates = MySqlCertificates.Create(_folder.FullName);
        _file = _certificates.CaPath;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void WebOptions_Defaults_AreTheDocumentedOnes()
    {
        WebOptions options = new();
        Assert.Equal(("127.0.0.1", 8443, "", ""), (options.Address, options.HttpsPort, options.CertificatePath, options.KeyPath));
        Assert.Equal("", options.ClientCaPath);
        Assert.Empty(options.AllowedClients);
        Assert.Empty(options.KnownProxies);
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.Drain.Delay);
    }

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(8, true)]
    [InlineData(8.001, false)]
    public void WebOptions_DrainDelay_IsBetween0And8Seconds(double seconds, bool accepted)
    {
        WebOptions options = Fine();
        options.Drain.Delay = TimeSpan.FromSeconds(seconds);
        Assert.Equal(
            accepted ? [] : [$"Web:Drain:Delay is {options.Drain.Delay}; it must be between 00:00:00 and 00:00:08."],
            new WebOptionsValidator().Validate(null, options).Failures ?? []);
    }

    [Fact]
    public void WebOptions_Fine_Accepted() => Assert.True(new WebOptionsValidator().Validate(null, Fine()).Succeeded);

    [Fact]
    public void WebOptions_EverythingWrong_EachSaid()
    {
        WebOptions options = new() { Address = "web", HttpsPort = 65_536, KeyPath = "/no/such/key.pem" };
        options.KnownProxies.Add("gateway");
        Assert.Equal(
            [
                "Web:Address is 'web'; it must be an IP address.",
                "Web:HttpsPort is 65536; it must be between 0 and 65535.",
                "Web:CertificatePath is empty; it names the PEM file with this instance's certificate.",
                "Web:KeyPath is '/no/such/key.pem', and there is no such file; it names the PEM file with the certificate's private key.",
                "Web:KnownProxies has 'gateway'; it must be an IP address.",
            ],
            new WebOptionsValidator().Validate(null, options).Failures);
    }

    [Fact]
    public void WebOptions_KeyOfAnotherCertificate_Said()
    {
        WebOptions options = Fine();
        options.KeyPath = _certificates.ExpiredKeyPath;
        string error = Assert.Single(new WebOptionsValidator().Validate(null, options).Failures!);
        Assert.StartsWith(
            $"Web:CertificatePath '{options.CertificatePath}' and Web:KeyPath '{options.KeyPath}' cannot be used: ",
            error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true, true, null)]
    [InlineData("192.0.2.1", true, true, null)]
    [InlineData("::", true, true, null)]
    [InlineData("::1", false, false, null)]
    [InlineData("127.0.0.1", true, false, "Web:ClientCaPath and Web:AllowedClients are set together, or neither of them for any client on loopback.")]
    [InlineData("192.0.2.1", false, true, "Web:ClientCaPath and Web:AllowedClients are set together, or neither of them for any client on loopback.")]
    [InlineData("192.0.2.1", false, false, "Web:Address is '192.0.2.1'; beyond loopback it is for clients with a certificate only: set Web:ClientCaPath and Web:AllowedClients, or a loopback address.")]
    [InlineData("::", false, false, "Web:Address is '::'; beyond loopback it is for clients with a certificate only: set Web:ClientCaPath and Web:AllowedClients, or a loopback address.")]
    public void WebOptions_Clients_AreNamedWithTheirAuthorityAndNeededBeyondLoopback(string address, bool authority, bool name, string? mistake)
    {
        WebOptions options = Fine();
        options.Address = address;
        options.ClientCaPath = authority ? _certificates.CaPath : "";
        if (name)
            options.AllowedClients.Add("gateway");
        Assert.Equal(mistake is null ? [] : [mistake], new WebOptionsValidator().Validate(null, options).Failures ?? []);
    }

    [Fact]
    public void WebOptions_ClientsThatCannotBeUsed_EachSaid()
    {
        WebOptions options = Fine();
        options.ClientCaPath = "/nowhere/ca.crt";
        options.AllowedClients.Add("gateway");
        options.AllowedClients.Add(" ");
        Assert.Equal(
            [
                "Web:AllowedClients:1 is ' '; it must be the common name of a client's certificate, e.g. gateway.",
                "Web:ClientCaPath '/nowhere/ca.crt' cannot be used: Could not find a part of the path '/nowhere/ca.crt'.",
            ],
            new WebOptionsValidator().Validate(null, options).Failures);
    }

    [Fact]
    public void KnownProxies_NothingConfigured_Loopback()
    {
        KnownProxies proxies = new(Options.Create(Fine()));
        Assert.True(proxies.Contains(System.Net.IPAddress.Loopback));
        Assert.True(proxies.Contains(System.Net.IPAddress.Parse("::ffff:127.0.0.1")));
        Assert.True(proxies.Contains(System.Net.IPAddress.IPv6Loopback));
        Assert.False(proxies.Contains(System.Net.IPAddress.Parse("10.0.0.1")));
        Assert.False(proxies.Contains(null));
    }

    [Fact]
    public void KnownProxies_Configured_ReplaceTheDefault()
    {
        WebOptions options = Fine();
        options.KnownProxies.Add("10.0.0.1");
        KnownProxies proxies = new(Options.Create(options));
        Assert.True(proxies.Contains(System.Net.IPAddress.Parse("10.0.0.1")));
        Assert.False(proxies.Contains(System.Net.IPAddress.Loopback));
    }

    [Fact]
    public void DatabaseSettings_Defaults_AreTheDocumentedOnes()
    {
        DatabaseSettings settings = new();
        Assert.Equal(
            ("foobar", 50, 1000, 3306), (settings.Name, settings.MaximumPoolSize, settings.MaximumWaiting, new NodeSettings().Port));
        Assert.Equal(
            (TimeSpan.FromMinutes(1), 32, ""), (settings.StalenessBound, settings.MaximumPrimaryReads, settings.PreferredLocation));
        Assert.Empty(settings.DiscoveryNetworks);
    }

    [Fact]
    public void DatabaseSettings_Empty_EachSaid() => Assert.Equal(
        [
            "Database:CaPath is empty; it names the PEM file of the authority that signed the nodes' certificates.",
            "Database:Nodes is empty; give at least Database:Nodes:0:Name, :Host and :Port.",
            "Database:App:User is empty.",
            "Database:App:PasswordFile is empty; it names the file with that account's password.",
            "Database:Monitor:User is empty.",
            "Database:Monitor:PasswordFile is empty; it names the file with that account's password.",
            "Database:Schema:User is empty.",
            "Database:Schema:PasswordFile is empty; it names the file with that account's password.",
        ],
        new DatabaseSettingsValidator().Validate(null, new DatabaseSettings()).Failures);

    [Fact]
    public void DatabaseSettings_WrongNodes_EachSaid()
    {
        DatabaseSettings settings = FineDatabase();
        settings.MaximumPoolSize = 0;
        settings.MaximumWaiting = 0;
        settings.Nodes.Add(new NodeSettings { Name = "db-1", Host = "", Port = 0 });
        Assert.Equal(
            [
                "Database:MaximumPoolSize is 0; it must be between 1 and 10000.",
                "Database:MaximumWaiting is 0; it must be between 1 and 100000.",
                "Database:Nodes:1:Host is empty.",
                "Database:Nodes:1:Port is 0; it must be between 1 and 65535.",
                "Database:Nodes has 2 nodes named 'db-1'; names must be unique.",
            ],
            new DatabaseSettingsValidator().Validate(null, settings).Failures);
    }

    [Theory]
    [InlineData("-00:00:00.0000001", false)]
    [InlineData("00:00:00", false)]
    [InlineData("00:00:00.0000001", true)]
    [InlineData("01:00:00", true)]
    [InlineData("01:00:00.0000001", false)]
    [InlineData("366.00:00:00", false)]
    public void DatabaseSettings_StalenessBound_IsLongerThanZeroAndAtMostAnHour(string bound, bool accepted)
    {
        DatabaseSettings settings = FineDatabase();
        settings.StalenessBound = TimeSpan.Parse(bound, CultureInfo.InvariantCulture);
        Assert.Equal(
            accepted ? [] : [$"Database:StalenessBound is {bound}; it must be longer than zero and at most 01:00:00."],
            new DatabaseSettingsValidator().Validate(null, settings).Failures ?? []);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void DatabaseSettings_MaximumPrimaryReads_IsBetween1And10000(int reads, bool accepted)
    {
        DatabaseSettings settings = FineDatabase();
        settings.MaximumPrimaryReads = reads;
        Assert.Equal(
            accepted ? [] : [$"Database:MaximumPrimaryReads is {reads}; it must be between 1 and 10000."],
            new DatabaseSettingsValidator().Validate(null, settings).Failures ?? []);
    }

    [Fact]
    public void DatabaseSettings_PreferredLocationThatNoNodeHas_Said()
    {
        DatabaseSettings settings = FineDatabase();
        settings.PreferredLocation = "east";
        Assert.Equal(
            ["Database:PreferredLocation is 'east', and no node has that Location."], new DatabaseSettingsValidator().Validate(null, settings).Failures);
    }

    [Theory]
    [InlineData("10.0.0.0/8", null)]
    [InlineData("192.0.2.4/32", null)]
    [InlineData("0.0.0.0/0", null)]
    [InlineData("fd00::/8", null)]
    [InlineData("::1/128", null)]
    [InlineData("", "it must be a network, e.g. 10.0.0.0/8 or fd00::/8")]
    [InlineData("10.0.0.0", "it must be a network, e.g. 10.0.0.0/8 or fd00::/8")]
    [InlineData("db.test/8", "it must be a network, e.g. 10.0.0.0/8 or fd00::/8")]
    [InlineData("10.0.0.0/8/8", "it must be a network, e.g. 10.0.0.0/8 or fd00::/8")]
    [InlineData("10.0.0.0/33", "behind the / it must have a length from 0 to 32")]
    [InlineData("10.0.0.0/-1", "behind the / it must have a length from 0 to 32")]
    [InlineData("10.0.0.0/255.0.0.0", "behind the / it must have a length from 0 to 32")]
    [InlineData("fd00::/129", "behind the / it must have a length from 0 to 128")]
    [InlineData("10.1.2.3/8", "it must begin with the network's first address: 10.0.0.0/8")]
    [InlineData("10/8", "it must begin with the network's first address: 0.0.0.0/8")]
    [InlineData("fd00::1/64", "it must begin with the network's first address: fd00::/64")]
    public void DatabaseSettings_DiscoveryNetwork_IsOneOrSaid(string network, string? mistake)
    {
        DatabaseSettings settings = FineDatabase();
        settings.DiscoveryNetworks.Add("127.0.0.0/8");
        settings.DiscoveryNetworks.Add(network);
        Assert.Equal(
            mistake is null ? [] : [$"Database:DiscoveryNetworks:1 is '{network}'; {mistake}."],
            new DatabaseSettingsValidator().Validate(null, settings).Failures ?? []);
    }

    [Fact]
    public void DatabaseSettings_Fine_Accepted() => Assert.True(new DatabaseSettingsValidator().Validate(null, FineDatabase()).Succeeded);

    [Fact]
    public void ConnectionString_OfAnAccount_NamesTheFileAndNotThePassword()
    {
        DatabaseSettings settings = FineDatabase();
        string text = DataSources.ConnectionString(settings, settings.Nodes[0], settings.App, "foobar", 7);
        Assert.Equal(
            $"Server=127.0.0.1;Port=3306;User ID=app;Password File={_file};Ssl Mode=VerifyFull;Ssl Ca={_file};Maximum Pool Size=7;" +
            "Cancellation Timeout=0;Application Name=FooBar.Web;Database=foobar",
            text);
    }

    private WebOptions Fine() => new() { CertificatePath = _certificates.CertificatePath, KeyPath = _certificates.KeyPath };

    private DatabaseSettings FineDatabase()
    {
        AccountSettings account = new() { User = "app", PasswordFile = _file };
        DatabaseSettings settings = new() { CaPath = _file, App = account, Monitor = account, Schema = account };
        settings.Nodes.Add(new NodeSettings { Name = "db-1", Host = "127.0.0.1" });
        return settings;
    }
}
